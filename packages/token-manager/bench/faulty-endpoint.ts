import type { ServerResponse } from 'node:http';
import { LoopbackServer, readBody } from '@worker-auth/testing-fakes';

/** One bad answer. */
type BadAnswer = (response: ServerResponse) => void;

/** What the endpoint knows of one client, which has a path of its own: its troubles are nobody else's. */
export interface Client {
  readonly tokenUrl: string;
  readonly lifetimeMs: number;
  /** What it gets instead of a token; `undefined` while the endpoint is good. */
  badAnswer: BadAnswer | undefined;
  /** Whether the endpoint is good again after one bad answer. */
  isOverAtOnce: boolean;
  /** The secret that is taken. */
  clientSecret: string;
  /** Since when a request with the right secret gets a token: `performance.now()`, `undefined` before that is so. */
  goodAtMs: number | undefined;
  requests: number;
}

/** A token endpoint on loopback for many clients at once. */
export class FaultyEndpoint implements AsyncDisposable {
  readonly #clients = new Map<string, Client>();
  #server: LoopbackServer | undefined;

  async start(): Promise<void> {
    this.#server = await LoopbackServer.start(async (request, response) => {
      const client = this.#clients.get(request.url ?? '');
      if (client === undefined) throw new Error(`No client has ${request.url ?? ''}`);
      answer(client, new URLSearchParams(await readBody(request)), response);
    });
  }

  /** A client of its own path, for whom the endpoint is good. */
  open(lifetimeMs: number, clientSecret: string): Client {
    const path = `/${this.#clients.size}/token`;
    const client: Client = {
      tokenUrl: `${this.#server?.url ?? ''}${path}`,
      lifetimeMs,
      badAnswer: undefined,
      isOverAtOnce: false,
      clientSecret,
      goodAtMs: undefined,
      requests: 0,
    };
    this.#clients.set(path, client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.stop();
  }
}

/** From now on the endpoint is good. */
export function recover(client: Client): void {
  client.badAnswer = undefined;
  client.goodAtMs = performance.now();
}

/** One answer of each kind that token endpoints, proxies and networks give on a bad day. */
export const badAnswers: Readonly<Record<string, BadAnswer>> = {
  '401': status(401, '{"error":"invalid_client"}'),
  '403': status(403, '{"error":"access_denied"}'),
  '404': status(404, 'Not Found', { 'content-type': 'text/plain' }),
  '307': status(307, '', { location: 'https://other.invalid/token' }),
  '429 without Retry-After': status(429, 'Too Many Requests', { 'content-type': 'text/plain' }),
  '500': status(500, '{"error":"server_error"}'),
  '503': status(503, 'upstream connect error', { 'content-type': 'text/plain' }),
  'connection dropped in the response': (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 });
    response.write('{"access_token":', () => response.destroy());
  },
  'connection reset before it': (response) => {
    response.socket?.resetAndDestroy();
  },
  '200 with HTML': status(200, '<!doctype html><title>Sign in</title>', { 'content-type': 'text/html' }),
};

function status(code: number, body: string, headers: Readonly<Record<string, string>> = {}): BadAnswer {
  return (response) => {
    response.writeHead(code, { 'content-type': 'application/json', ...headers });
    response.end(body);
  };
}

function answer(client: Client, form: URLSearchParams, response: ServerResponse): void {
  client.requests++;
  if (client.badAnswer !== undefined) {
    client.badAnswer(response);
    if (client.isOverAtOnce) recover(client);
  } else if (form.get('client_secret') !== client.clientSecret) {
    response.writeHead(401, { 'content-type': 'application/json' });
    response.end('{"error":"invalid_client"}');
  } else {
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    const token = `token-${client.requests}`;
    response.end(
      JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: client.lifetimeMs / 1_000 }),
    );
  }
}
