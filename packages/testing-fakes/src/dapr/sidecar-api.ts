import { type FakeDaprComponent, readSecret } from './component.ts';
import { type DaprVersion, metadataBody } from './metadata.ts';

/** One request that a `FakeDaprSidecar` received. */
export interface FakeDaprRequest {
  readonly method: string;
  /** Path and query as sent, percent-encoding included. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** The part of the API that a fault is for. */
export type DaprEndpoint = 'secrets' | 'metadata' | 'state' | 'health';

/** What decides about the answers of a sidecar. */
export interface SidecarState {
  readonly version: DaprVersion;
  readonly components: readonly FakeDaprComponent[];
  readonly apiToken: string | undefined;
  readonly ready: boolean;
  readonly metadataAllowed: boolean;
}

/** An answer as it goes over the wire. */
export interface SidecarAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | undefined;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

const endpoints: ReadonlyMap<string | undefined, DaprEndpoint> = new Map([
  ['secrets', 'secrets'],
  ['metadata', 'metadata'],
  ['state', 'state'],
  ['healthz', 'health'],
]);

/** The part of the API that a path belongs to. */
export function endpointOf(path: string): DaprEndpoint | undefined {
  return endpoints.get(path.split(/[/?]/)[2]);
}

/** What daprd answers: health to everybody, the rest to who has the API token. */
export function answerOf(request: FakeDaprRequest, state: SidecarState): SidecarAnswer {
  const health = healthAnswer(request.path, state.ready);
  const isDenied = state.apiToken !== undefined && request.headers['dapr-api-token'] !== state.apiToken;
  if (health === undefined && isDenied) {
    return { status: 401, contentType: 'text/plain; charset=utf-8', body: 'invalid api token' };
  }
  const { status, body } = health ?? route(request, state);
  const end = state.version === '1.18.3' ? '\n' : '';
  return {
    status,
    contentType: 'application/json',
    body: body === undefined ? undefined : `${JSON.stringify(body)}${end}`,
  };
}

function healthAnswer(path: string, isReady: boolean): Answer | undefined {
  switch (path) {
    case '/v1.0/healthz/outbound':
      return isReady
        ? { status: 204 }
        : failure(500, 'ERR_OUTBOUND_HEALTH_NOT_READY', 'dapr outbound is not ready');
    case '/v1.0/healthz':
      return isReady ? { status: 204 } : failure(500, 'ERR_HEALTH_NOT_READY', 'dapr is not ready');
    default:
      return undefined;
  }
}

function route({ method, path }: FakeDaprRequest, state: SidecarState): Answer {
  const [version, api, store, ...rest] = (path.split('?')[0] ?? '').slice(1).split('/').map(unescape);
  if (method === 'GET' && version === 'v1.0') {
    if (api === 'metadata' && store === undefined && state.metadataAllowed) {
      return { status: 200, body: metadataBody(state.version, state.ready ? state.components : []) };
    }
    const [key] = rest;
    if (store !== undefined && key !== undefined && rest.length === 1) {
      if (api === 'secrets') return secretAnswer(loaded(state, 'secretstores.'), store, key);
      if (api === 'state') return stateAnswer(loaded(state, 'state.'), store, key);
    }
  }
  return failure(
    404,
    'ERR_DIRECT_INVOKE',
    'failed getting app id either from the URL path or the header dapr-app-id',
  );
}

function loaded({ ready, components }: SidecarState, kind: string): readonly FakeDaprComponent[] {
  return ready ? components.filter(({ type }) => type.toLowerCase().startsWith(kind)) : [];
}

function secretAnswer(components: readonly FakeDaprComponent[], store: string, name: string): Answer {
  if (components.length === 0) {
    return failure(500, 'ERR_SECRET_STORES_NOT_CONFIGURED', 'secret store is not configured');
  }
  const component = components.find((candidate) => candidate.name === store);
  if (component === undefined) {
    return failure(401, 'ERR_SECRET_STORE_NOT_FOUND', `failed finding secret store with key ${store}`);
  }
  if (component.denied?.includes(name) === true) {
    return failure(403, 'ERR_PERMISSION_DENIED', `access denied by policy to get "${name}" from "${store}"`);
  }
  const answer = readSecret(component, name);
  if (answer.kind === 'fields') return { status: 200, body: answer.fields };
  const prefix = `failed getting secret with key ${name} from secret store ${store}: `;
  return failure(500, 'ERR_SECRET_GET', `${prefix}${answer.text}`);
}

function stateAnswer(components: readonly FakeDaprComponent[], store: string, key: string): Answer {
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

function failure(status: number, errorCode: string, message: string): Answer {
  return { status, body: { errorCode, message } };
}

/** As Go's `url.QueryUnescape`, which daprd applies to path parameters: a plus sign is a space. */
function unescape(part: string): string {
  return decodeURIComponent(part.replaceAll('+', ' '));
}
