import { z } from 'zod';
import { SecretStoreErrorCode } from '../errors.ts';
import { printable } from '../text.ts';
import { SidecarError, type SidecarErrorCode } from './errors.ts';

/** What came back from one request to a sidecar. */
export interface DaprAnswer {
  readonly status: number;
  /** Parsed when it is JSON, else the text as it came; `''` when empty. */
  readonly body: unknown;
}

const failureBody = z.object({ errorCode: z.string(), message: z.string().catch('') });

/** Dapr's `errorCode`, which says what a status does not: 401 is an unknown store, 500 a missing secret. */
const codeOfErrorCode: Readonly<Record<string, SidecarErrorCode>> = {
  ERR_SECRET_STORES_NOT_CONFIGURED: SecretStoreErrorCode.noSecretStoreComponent,
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

/** How back ends say, inside `ERR_SECRET_GET`, that a secret is not there (components-contrib 1.18.4). */
const missingTexts: readonly RegExp[] = [
  /^secret .* not found$/s, // local.file
  /^secrets ".*" not found$/s, // kubernetes
  /secret key or version not exist/, // hashicorp.vault
  /ResourceNotFoundException/, // aws.secretmanager
  /ParameterNotFound/, // aws.parameterstore
  /SecretNotFound/, // azure.keyvault
  /code = NotFound/, // gcp.secretmanager
];

/** Whether `answer` says that `component` has no secret `name`. */
export function saysMissing(answer: DaprAnswer, component: string, name: string): boolean {
  if (answer.status === 204) return true;
  const failure = failureBody.safeParse(answer.body);
  if (!failure.success || failure.data.errorCode !== 'ERR_SECRET_GET') return false;
  // The names come back in the message: only what follows them is the back end's.
  const prefix = `failed getting secret with key ${name} from secret store ${component}: `;
  const text = failure.data.message.startsWith(prefix)
    ? failure.data.message.slice(prefix.length)
    : failure.data.message;
  return missingTexts.some((pattern) => pattern.test(text.trim()));
}

/**
 * The error that `answer` stands for.
 *
 * @param secrets blotted out where the server repeats them
 */
export function errorOf(answer: DaprAnswer, address: string, secrets: readonly string[]): SidecarError {
  const failure = failureBody.safeParse(answer.body);
  if (failure.success) {
    const { errorCode, message } = failure.data;
    const code = Object.hasOwn(codeOfErrorCode, errorCode) ? codeOfErrorCode[errorCode] : undefined;
    const text = printable(`${message} (${errorCode})`, secrets);
    return new SidecarError(code ?? codeOfStatus(answer.status), `${text}${advice[code ?? ''] ?? ''}`);
  }
  const code = codeOfStatus(answer.status);
  return new SidecarError(code, `${address} answered with status ${answer.status}${advice[code] ?? '.'}`);
}

/** The error for an answer that is not what Dapr's API says. Its content is not repeated: it may hold a secret. */
export function invalidAnswer(answer: DaprAnswer, address: string, expected: string): SidecarError {
  return new SidecarError(
    SecretStoreErrorCode.invalidAnswer,
    `${address} answered with status ${answer.status} and not with ${expected}. Is it a Dapr sidecar?`,
  );
}

/** For answers that do not come from Dapr's API itself: its token check, a proxy in between, another server. */
function codeOfStatus(status: number): SidecarErrorCode {
  if (status === 401 || status === 403) return SecretStoreErrorCode.apiTokenRejected;
  if (status === 404) return SecretStoreErrorCode.apiNotAllowed;
  if (status === 502 || status === 503 || status === 504) return SecretStoreErrorCode.sidecarNotReady;
  if (status === 429 || status >= 500) return SecretStoreErrorCode.backendFailed;
  return SecretStoreErrorCode.invalidAnswer;
}

const advice: Readonly<Record<string, string>> = {
  [SecretStoreErrorCode.apiTokenRejected]: ': set DAPR_API_TOKEN to the token of the sidecar.',
  [SecretStoreErrorCode.apiNotAllowed]:
    ": allow this API in the sidecar's Configuration (spec.api), and check the address.",
  [SecretStoreErrorCode.accessDenied]: ". Allow it in the sidecar's Configuration (spec.secrets.scopes).",
  [SecretStoreErrorCode.noSecretStoreComponent]: ': no secret store components found.',
  [SecretStoreErrorCode.componentNotFound]: ". Check the component's name and its scopes.",
};
