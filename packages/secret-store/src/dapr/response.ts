import { sanitize } from '@worker-auth/internal/network';
import * as z from 'zod/mini';
import { SecretStoreErrorCode } from '../errors.ts';
import { type BackEndVerdict, judgeBackEnd } from './back-ends.ts';
import { SidecarError, type SidecarErrorCode } from './errors.ts';

/** AWS says who may not do what to which resource in about 350 characters. */
const maxTextLength = 500;

/** What came back from one request to a sidecar. */
export interface DaprResponse {
  readonly status: number;
  /** Parsed when it is JSON, else the text as it came; `''` when empty. */
  readonly body: unknown;
}

/** Which sidecar answered. */
export interface ResponseOrigin {
  readonly address: string;
  /** Never repeated in an error. */
  readonly secrets: readonly string[];
}

/** Which secret was asked for. */
export interface AskedSecret {
  readonly component: string;
  readonly componentType?: string | undefined;
  readonly name: string;
}

const failureBody = z.object({ errorCode: z.string(), message: z.catch(z.string(), '') });

/** Dapr's `errorCode`, which says what a status does not: 401 is an unknown store, 500 a missing secret. */
const codeOfErrorCode: Readonly<Record<string, SidecarErrorCode>> = {
  ERR_SECRET_STORES_NOT_CONFIGURED: SecretStoreErrorCode.noComponent,
  ERR_SECRET_STORE_NOT_FOUND: SecretStoreErrorCode.componentNotFound,
  ERR_PERMISSION_DENIED: SecretStoreErrorCode.accessDenied,
  ERR_SECRET_GET: SecretStoreErrorCode.backendFailed,
  ERR_STATE_STORE_NOT_CONFIGURED: SecretStoreErrorCode.componentNotFound,
  ERR_STATE_STORES_NOT_CONFIGURED: SecretStoreErrorCode.componentNotFound,
  ERR_STATE_STORE_NOT_FOUND: SecretStoreErrorCode.componentNotFound,
  ERR_STATE_GET: SecretStoreErrorCode.backendFailed,
  ERR_HEALTH_NOT_READY: SecretStoreErrorCode.sidecarNotReady,
  ERR_OUTBOUND_HEALTH_NOT_READY: SecretStoreErrorCode.sidecarNotReady,
  ERR_DIRECT_INVOKE: SecretStoreErrorCode.apiNotAllowed,
};

const codeOfVerdict: Readonly<Record<Exclude<BackEndVerdict['kind'], 'missing'>, SidecarErrorCode>> = {
  denied: SecretStoreErrorCode.accessDenied,
  rejected: SecretStoreErrorCode.backendRejected,
  failed: SecretStoreErrorCode.backendFailed,
};

/**
 * Whether `response` says that there is no such secret.
 *
 * @throws SidecarError for a response of the back end that says anything else than that
 */
export function saysMissing(
  response: DaprResponse,
  asked: AskedSecret,
  { secrets }: ResponseOrigin,
): boolean {
  if (response.status === 204) return true;
  const failure = failureBody.safeParse(response.body);
  if (!failure.success || failure.data.errorCode !== 'ERR_SECRET_GET') return false;
  // The names come back in the message: only what follows them is the back end's, and worth the room.
  const preface = `failed getting secret with key ${asked.name} from secret store ${asked.component}: `;
  const { message } = failure.data;
  const text = (message.startsWith(preface) ? message.slice(preface.length) : message).trim();
  const { kind, advice: whatToDo } = judgeBackEnd(asked.componentType, text, asked.name);
  if (kind === 'missing') return true;
  const said = `${sanitize(text, { secrets, maxLength: maxTextLength })} (ERR_SECRET_GET)`;
  throw new SidecarError(whatToDo === '' ? said : `${said}. ${whatToDo}`, {
    code: codeOfVerdict[kind],
    status: response.status,
  });
}

/** The error that `response` stands for. */
export function errorOf(response: DaprResponse, { address, secrets }: ResponseOrigin): SidecarError {
  const { status } = response;
  const failure = failureBody.safeParse(response.body);
  if (failure.success) {
    const { errorCode, message } = failure.data;
    const known = Object.hasOwn(codeOfErrorCode, errorCode) ? codeOfErrorCode[errorCode] : undefined;
    const text = sanitize(`${message} (${errorCode})`, { secrets, maxLength: maxTextLength });
    const code = known ?? codeOfStatus(status);
    const whatToDo = known && advice[known];
    return new SidecarError(`${text}${whatToDo ?? ''}`, { code, status });
  }
  const code = codeOfStatus(status);
  return new SidecarError(`${address} answered with status ${status}${advice[code] ?? '.'}`, {
    code,
    status,
  });
}

/** The error for a response that is not what Dapr's API says. Its content is not repeated: it may hold a secret. */
export function invalidResponse({ status }: DaprResponse, address: string, expected: string): SidecarError {
  return new SidecarError(
    `${address} answered with status ${status} and not with ${expected}. Is it a Dapr sidecar?`,
    { code: SecretStoreErrorCode.invalidResponse, status },
  );
}

/** For answers that do not come from Dapr's API itself: its token check, a proxy in between, another server. */
function codeOfStatus(status: number): SidecarErrorCode {
  if (status === 401 || status === 403) return SecretStoreErrorCode.apiTokenRejected;
  if (status === 404) return SecretStoreErrorCode.apiNotAllowed;
  if (status === 502 || status === 503 || status === 504) return SecretStoreErrorCode.sidecarNotReady;
  if (status === 429 || status >= 500) return SecretStoreErrorCode.backendFailed;
  return SecretStoreErrorCode.invalidResponse;
}

const advice: Readonly<Record<string, string>> = {
  [SecretStoreErrorCode.apiTokenRejected]: '. Set DAPR_API_TOKEN to the token of the sidecar.',
  [SecretStoreErrorCode.apiNotAllowed]:
    ". Allow this API in the sidecar's Configuration (spec.api), and check the address.",
  [SecretStoreErrorCode.accessDenied]: ". Allow it in the sidecar's Configuration (spec.secrets.scopes).",
  [SecretStoreErrorCode.noComponent]: ': no secret store components found.',
  [SecretStoreErrorCode.componentNotFound]: ". Check the component's name and its scopes.",
};
