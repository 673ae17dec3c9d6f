import type { IncomingMessage, ServerResponse } from 'node:http';
import { type LoopbackServer, startLoopbackServer } from '../http-server.ts';
import { type FakeDaprComponent, type FakeSecret, readSecret } from './component.ts';
import { applyFault, type Fault } from './faults.ts';
import { type DaprVersion, metadataBody } from './metadata.ts';

/** Settings of a {@link FakeDaprSidecar}. Each can be changed while it runs. */
export interface FakeDaprSidecarOptions {
  /** Whose metadata shape is spoken; default `1.18.3`. */
  readonly version?: DaprVersion;
  readonly components?: readonly FakeDaprComponent[];
  /** Requests without this `dapr-api-token` are refused; default none. */
  readonly apiToken?: string;
  /** Starts as a sidecar whose components are still loading; see {@link FakeDaprSidecar.ready}. Default true. */
  readonly ready?: boolean;
}

/** Where a {@link FakeDaprSidecar} listens. */
export interface FakeDaprAddress {
  /** `http://127.0.0.1:<port>`, for `DAPR_HTTP_ENDPOINT`. */
  readonly url: string;
  /** For `DAPR_HTTP_PORT`. */
  readonly port: number;
}

/** One request that a {@link FakeDaprSidecar} received. */
export interface FakeDaprRequest {
  readonly method: string;
  /** Path and query as sent, percent-encoding included. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

/**
 * The parts of a Dapr sidecar's HTTP API that credential discovery uses: secrets, metadata, state reads and health,
 * with the statuses, error codes and texts of daprd 1.18.3 (and the metadata shape of 1.9.6).
 *
 * @see https://docs.dapr.io/reference/api/secrets_api/
 */
export class FakeDaprSidecar implements AsyncDisposable {
  /** Everything received, oldest first. */
  readonly requests: FakeDaprRequest[] = [];
  /** Asked for each request; what it gives replaces the true answer. */
  fault: ((request: FakeDaprRequest) => Fault | undefined) | undefined;
  /** While false: `/v1.0/healthz/outbound` answers 500 and no component is loaded yet. */
  ready: boolean;
  version: DaprVersion;
  components: readonly FakeDaprComponent[];
  apiToken: string | undefined;
  /** False answers metadata requests as a sidecar whose `api.allowed` does not list them. */
  metadataAllowed = true;
  #server: LoopbackServer | undefined;
  readonly #watchers: (() => void)[] = [];

  constructor(options: FakeDaprSidecarOptions = {}) {
    this.version = options.version ?? '1.18.3';
    this.components = options.components ?? [];
    this.apiToken = options.apiToken;
    this.ready = options.ready ?? true;
  }

  /**
   * Starts to listen on 127.0.0.1.
   *
   * @param port default 0, a port that the system hands out; an earlier port, to come back as a restarted sidecar does
   */
  async start(port = 0): Promise<FakeDaprAddress> {
    if (this.#server !== undefined) throw new Error('The fake sidecar is running already');
    this.#server = await startLoopbackServer((request, response) => {
      this.#handle(request, response);
    }, port);
    return { url: this.#server.url, port: this.#server.port };
  }

  /** Ends it and every open connection. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await server?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Replaces everything that the named component holds. */
  setSecrets(componentName: string, secrets: Readonly<Record<string, FakeSecret>>): void {
    this.#change(componentName, { secrets });
  }

  /** Makes every read of the named component fail with this back end text; `undefined` heals it. */
  breakComponent(componentName: string, text: string | undefined): void {
    this.#change(componentName, { brokenWith: text });
  }

  /** Resolves once `count` requests in all, to paths that contain `path`, were received. */
  async received(path: string, count = 1): Promise<void> {
    while (this.requestsTo(path).length < count) {
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }

  /** The requests whose path contains `path`. */
  requestsTo(path: string): readonly FakeDaprRequest[] {
    return this.requests.filter((request) => request.path.includes(path));
  }

  #change(name: string, change: Partial<FakeDaprComponent>): void {
    if (!this.components.some((component) => component.name === name)) {
      throw new RangeError(`The fake sidecar has no component "${name}"`);
    }
    this.components = this.components.map((component) =>
      component.name === name ? { ...component, ...change } : component,
    );
  }

  #handle(incoming: IncomingMessage, response: ServerResponse): void {
    const request = { method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers };
    this.requests.push(request);
    for (const watcher of this.#watchers.splice(0)) watcher();
    const fault = this.fault?.(request);
    if (fault !== undefined) {
      applyFault(fault, response);
      return;
    }
    const health = this.#health(request.path);
    if (
      health === undefined &&
      this.apiToken !== undefined &&
      request.headers['dapr-api-token'] !== this.apiToken
    ) {
      response.writeHead(401, { 'content-type': 'text/plain; charset=utf-8' }).end('invalid api token');
      return;
    }
    const { status, body } = health ?? this.#route(request);
    if (body === undefined) {
      response.writeHead(status).end();
      return;
    }
    const end = this.version === '1.18.3' ? '\n' : '';
    response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}${end}`);
  }

  #health(path: string): Answer | undefined {
    if (path === '/v1.0/healthz/outbound') {
      return this.ready
        ? { status: 204 }
        : failure(500, 'ERR_OUTBOUND_HEALTH_NOT_READY', 'dapr outbound is not ready');
    }
    if (path === '/v1.0/healthz') {
      return this.ready ? { status: 204 } : failure(500, 'ERR_HEALTH_NOT_READY', 'dapr is not ready');
    }
    return undefined;
  }

  #route(request: FakeDaprRequest): Answer {
    const [version, api, store, ...rest] = (request.path.split('?')[0] ?? '')
      .slice(1)
      .split('/')
      .map(unescape);
    if (request.method === 'GET' && version === 'v1.0') {
      if (api === 'metadata' && store === undefined && this.metadataAllowed) {
        return { status: 200, body: metadataBody(this.version, this.ready ? this.components : []) };
      }
      if (api === 'secrets' && store !== undefined && rest.length === 1)
        return this.#secret(store, rest[0] ?? '');
      if (api === 'state' && store !== undefined && rest.length === 1)
        return this.#state(store, rest[0] ?? '');
    }
    return failure(
      404,
      'ERR_DIRECT_INVOKE',
      'failed getting app id either from the URL path or the header dapr-app-id',
    );
  }

  #loaded(kind: string): readonly FakeDaprComponent[] {
    return this.ready ? this.components.filter(({ type }) => type.toLowerCase().startsWith(kind)) : [];
  }

  #secret(store: string, name: string): Answer {
    const components = this.#loaded('secretstores.');
    if (components.length === 0) {
      return failure(500, 'ERR_SECRET_STORES_NOT_CONFIGURED', 'secret store is not configured');
    }
    const component = components.find((candidate) => candidate.name === store);
    if (component === undefined) {
      return failure(401, 'ERR_SECRET_STORE_NOT_FOUND', `failed finding secret store with key ${store}`);
    }
    if (component.denied?.includes(name) === true) {
      return failure(
        403,
        'ERR_PERMISSION_DENIED',
        `access denied by policy to get "${name}" from "${store}"`,
      );
    }
    const answer = readSecret(component, name);
    if (answer.kind === 'fields') return { status: 200, body: answer.fields };
    const prefix = `failed getting secret with key ${name} from secret store ${store}: `;
    return failure(500, 'ERR_SECRET_GET', `${prefix}${answer.text}`);
  }

  #state(store: string, key: string): Answer {
    const components = this.#loaded('state.');
    if (components.length === 0) {
      return failure(500, 'ERR_STATE_STORE_NOT_CONFIGURED', 'state store is not configured');
    }
    const component = components.find((candidate) => candidate.name === store);
    if (component === undefined) {
      return failure(400, 'ERR_STATE_STORE_NOT_FOUND', `state store ${store} is not found`);
    }
    const state = component.state ?? {};
    return Object.hasOwn(state, key) ? { status: 200, body: state[key] } : { status: 204 };
  }
}

function failure(status: number, errorCode: string, message: string): Answer {
  return { status, body: { errorCode, message } };
}

/** As Go's `url.QueryUnescape`, which daprd applies to path parameters: a plus sign is a space. */
function unescape(part: string): string {
  return decodeURIComponent(part.replaceAll('+', ' '));
}
