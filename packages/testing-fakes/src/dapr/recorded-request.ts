import type { IncomingMessage, ServerResponse } from 'node:http';

/** The part of the API that a fault is for. */
export type DaprEndpoint = 'secrets' | 'metadata' | 'state' | 'health';

export const daprEndpoints: readonly DaprEndpoint[] = ['secrets', 'metadata', 'state', 'health'];

const endpoints: ReadonlyMap<string | undefined, DaprEndpoint> = new Map([
  ['secrets', 'secrets'],
  ['metadata', 'metadata'],
  ['state', 'state'],
  ['healthz', 'health'],
]);

/** What is shown in place of the API token. */
const redacted = '[redacted]';

/** One request that a `FakeDaprSidecar` received, for tests and logs: it shows neither the API token nor the value of a secret. */
export class FakeDaprRequest {
  readonly method: string;
  /** Path and query as sent, percent-encoding included. */
  readonly path: string;
  /** Of the request, by their names in lower case; `dapr-api-token` and `authorization` are redacted. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly #headers: IncomingMessage['headers'];
  readonly #response: ServerResponse;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.method = request.method ?? '';
    this.path = request.url ?? '';
    this.#headers = request.headers;
    this.#response = response;
    this.headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [
        name,
        name === 'dapr-api-token' || name === 'authorization' ? redacted : value,
      ]),
    );
  }

  /** The part of the API that the path belongs to. */
  get endpoint(): DaprEndpoint | undefined {
    return endpoints.get(this.path.split(/[/?]/)[2]);
  }

  /** Of the response; `undefined` until it was sent, and when none ever was. */
  get status(): number | undefined {
    return this.#response.headersSent ? this.#response.statusCode : undefined;
  }

  /** A header as it came, the API token too. */
  header(name: string): string | undefined {
    return this.#headers[name.toLowerCase()]?.toString();
  }
}
