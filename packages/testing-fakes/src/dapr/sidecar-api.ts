import type { DaprVersion, FakeDaprComponent } from './component.ts';
import { goJson, goMap } from './go-json.ts';
import { metadataBody } from './metadata.ts';
import { type ComponentResponse, readAllSecrets, readSecret, type SecretFields } from './read-secrets.ts';
import { isSecretAllowed } from './secret-scope.ts';

export interface SidecarState {
  readonly appId: string;
  readonly version: DaprVersion;
  readonly components: readonly FakeDaprComponent[];
  readonly apiToken: string | undefined;
  readonly isReady: boolean;
  readonly appIsReady: boolean;
  readonly metadataAllowed: boolean;
}

export interface SidecarRequest {
  readonly method: string;
  readonly path: string;
  readonly apiToken: string | undefined;
}

export interface SidecarResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | undefined;
}

interface JsonResponse {
  readonly status: number;
  readonly json?: string;
}

const directInvoke = failure(
  404,
  'ERR_DIRECT_INVOKE',
  'failed getting app id either from the URL path or the header dapr-app-id',
);

const unhealthy: ReadonlyMap<string, JsonResponse> = new Map([
  ['/v1.0/healthz', failure(500, 'ERR_HEALTH_NOT_READY', 'dapr is not ready')],
  ['/v1.0/healthz/outbound', failure(500, 'ERR_OUTBOUND_HEALTH_NOT_READY', 'dapr outbound is not ready')],
]);

/** What daprd answers: health to everybody, the rest to who has the API token. */
export function answerOf(request: SidecarRequest, state: SidecarState): SidecarResponse {
  const { method } = request;
  const is196 = state.version === '1.9.6';
  const path = request.path.replace(/\?.*/s, '');
  const health = healthResponse(method, path, state);
  if (health !== undefined) return written(health, state.version);
  if (state.apiToken !== undefined && request.apiToken !== state.apiToken) {
    return text(401, `invalid api token${is196 ? '' : '\n'}`);
  }
  const parts = unescapedParts(path);
  if ('bad' in parts) return text(400, is196 ? parts.bad : '400 Bad Request');
  return written(route(method, parts, state), state.version);
}

function written({ status, json }: JsonResponse, version: DaprVersion): SidecarResponse {
  const body = json === undefined ? undefined : `${json}${endOf(version, status)}`;
  return { status, contentType: 'application/json', body };
}

/** 1.18.3 ends each body with a new line, 1.14.0 those alone that are no error. */
function endOf(version: DaprVersion, status: number): string {
  return version === '1.9.6' || (version === '1.14.0' && status >= 400) ? '' : '\n';
}

function healthResponse(method: string, path: string, state: SidecarState): JsonResponse | undefined {
  const notReady = unhealthy.get(path);
  if (notReady === undefined) return undefined;
  if (method !== 'GET') return directInvoke;
  const isReady = state.isReady && (state.appIsReady || path.endsWith('/outbound'));
  return isReady ? { status: 204 } : notReady;
}

function route(method: string, parts: readonly string[], state: SidecarState): JsonResponse {
  const [version, api, store = '', key = ''] = parts;
  if (method !== 'GET' || version !== 'v1.0') return directInvoke;
  if (api === 'metadata' && parts.length === 2 && state.metadataAllowed) {
    const components = state.isReady ? state.components : [];
    return { status: 200, json: goJson(metadataBody(state.appId, state.version, components)) };
  }
  if (key === '' || parts.length > 4) return directInvoke;
  if (api === 'secrets') return secretResponse(state, store, key);
  return api === 'state' ? stateResponse(state, store, key) : directInvoke;
}

function loaded({ isReady, components }: SidecarState, kind: string): readonly FakeDaprComponent[] {
  return isReady ? components.filter(({ type }) => type.toLowerCase().startsWith(kind)) : [];
}

function secretResponse(state: SidecarState, store: string, name: string): JsonResponse {
  const components = loaded(state, 'secretstores.');
  if (components.length === 0) {
    return failure(500, 'ERR_SECRET_STORES_NOT_CONFIGURED', 'secret store is not configured');
  }
  const component = components.find((candidate) => candidate.name === store);
  if (component === undefined) {
    return failure(401, 'ERR_SECRET_STORE_NOT_FOUND', `failed finding secret store with key ${store}`);
  }
  if (name === 'bulk') {
    const answer = readAllSecrets(component, state.version);
    return found(answer, `failed getting secrets from secret store ${store}`, (secrets) =>
      goMap(
        [...secrets]
          .filter(([secret]) => isSecretAllowed(component.scope, secret))
          .map(([secret, fields]) => [secret, fieldsJson(fields)]),
      ),
    );
  }
  if (!isSecretAllowed(component.scope, name)) {
    return failure(403, 'ERR_PERMISSION_DENIED', `access denied by policy to get "${name}" from "${store}"`);
  }
  const answer = readSecret(component, name, state.version);
  return found(answer, `failed getting secret with key ${name} from secret store ${store}`, fieldsJson);
}

function found<T>(answer: ComponentResponse<T>, problem: string, json: (value: T) => string): JsonResponse {
  if ('error' in answer) return failure(500, 'ERR_SECRET_GET', `${problem}: ${answer.error}`);
  return { status: 200, json: json(answer.value) };
}

function fieldsJson(fields: SecretFields): string {
  return goMap(Object.entries(fields).map(([name, value]) => [name, goJson(value)]));
}

function stateResponse(sidecar: SidecarState, store: string, key: string): JsonResponse {
  const { version, appId } = sidecar;
  const detailsOf = (reason: string): object =>
    version === '1.14.0' ? { details: [errorInfo(reason, appId)] } : {};
  const components = loaded(sidecar, 'state.');
  if (components.length === 0) {
    const message = `state store ${version === '1.14.0' ? `${store} ` : ''}is not configured`;
    return failure(500, 'ERR_STATE_STORE_NOT_CONFIGURED', message, detailsOf('DAPR_STATE_NOT_CONFIGURED'));
  }
  const component = components.find((candidate) => candidate.name === store);
  if (component === undefined) {
    const message = `state store ${store} is not found`;
    return failure(400, 'ERR_STATE_STORE_NOT_FOUND', message, detailsOf('DAPR_STATE_NOT_FOUND'));
  }
  const state = component.state ?? {};
  return Object.hasOwn(state, key) ? { status: 200, json: JSON.stringify(state[key]) } : { status: 204 };
}

function failure(status: number, errorCode: string, message: string, details: object = {}): JsonResponse {
  return { status, json: goJson({ errorCode, message, ...details }) };
}

/** What 1.14.0 says of an error of a state store beside its message. */
function errorInfo(reason: string, appID: string): object {
  const type = 'type.googleapis.com/google.rpc.ErrorInfo';
  return { '@type': type, domain: 'dapr.io', metadata: { appID }, reason };
}

function text(status: number, body: string): SidecarResponse {
  return { status, contentType: 'text/plain; charset=utf-8', body };
}

/** As Go's `url.QueryUnescape`, which daprd applies to path parameters: a plus sign is a space. */
function unescapedParts(path: string): readonly string[] | { readonly bad: string } {
  const parts = path.slice(1).split('/');
  for (const [index, part] of parts.entries()) {
    const bad = /%(?![0-9a-f]{2}).{0,2}/i.exec(part)?.[0];
    if (bad === undefined) continue;
    const parameter = index === 2 ? 'secretStoreName' : 'key';
    return {
      bad: `Failed to unescape request parameter ${parameter} with value ${part}. Error: invalid URL escape "${bad}"`,
    };
  }
  return parts.map(unescaped);
}

function unescaped(part: string): string {
  const bytes = part
    .replaceAll('+', ' ')
    .replaceAll(/%(..)/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
