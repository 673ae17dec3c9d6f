import {
  RefreshSchedulerError,
  RefreshSchedulerErrorCode,
  type RetryHints,
  retryHints,
} from '@worker-auth/refresh-scheduler';
import { TokenManagerError, TokenManagerErrorCode, TokenRequestError, setRetryIn } from '../errors.ts';

const credentialCodes: ReadonlySet<TokenManagerErrorCode> = new Set([
  TokenManagerErrorCode.clientRejected,
  TokenManagerErrorCode.invalidCredentials,
  TokenManagerErrorCode.endpointUnknown,
  TokenManagerErrorCode.fileUnreadable,
  TokenManagerErrorCode.fileNotReady,
]);

/** What `error`, which an attempt failed with, says about the next one. */
export function hintsOf(error: unknown, retryInMs: number | undefined): RetryHints {
  const isThrottled = error instanceof TokenManagerError && error.code === TokenManagerErrorCode.throttled;
  return {
    retryAfterMs: retryHints(error).retryAfterMs,
    retryInMs,
    isThrottled: isThrottled || undefined,
  };
}

/** What callers get for `thrown`, which the scheduler rejected with or reports, with the time that is left now. */
export function errorForCallers(thrown: unknown, retryInMs: number | undefined): unknown {
  const error = toTokenError(thrown);
  if (retryInMs !== undefined) setRetryIn(error, Math.ceil(retryInMs));
  return error;
}

/**
 * Whether other credentials may help, so that their store is worth asking again at once. Not while that store cannot answer: like any
 * server that fails, it is left alone for a while.
 */
export function isAboutCredentials(error: unknown): boolean {
  if (error instanceof TokenManagerError) return credentialCodes.has(error.code);
  const isOutage = error instanceof Error && 'kind' in error && error.kind === 'connectivity';
  return error !== undefined && !isOutage;
}

const expired =
  'The token had expired, or was due for refresh, when it arrived. Check its lifetime and the clock of the authorization server';

/** What the scheduler itself says, in the words of this package. */
const ofScheduler: Readonly<Record<RefreshSchedulerErrorCode, readonly [TokenManagerErrorCode, string]>> = {
  [RefreshSchedulerErrorCode.stopped]: [
    TokenManagerErrorCode.stopped,
    'The token source was stopped while a token was waited for; create a new one to get tokens again',
  ],
  [RefreshSchedulerErrorCode.timedOut]: [
    TokenManagerErrorCode.timedOut,
    'No token within attemptTimeoutMs. Check that the credential source and the token endpoint respond, or raise it',
  ],
  [RefreshSchedulerErrorCode.discarded]: [
    TokenManagerErrorCode.unavailable,
    'The token was invalidated again and again while it was requested. It is requested again after a while',
  ],
  [RefreshSchedulerErrorCode.badLease]: [TokenManagerErrorCode.invalidResponse, expired],
  [RefreshSchedulerErrorCode.dueOnArrival]: [TokenManagerErrorCode.invalidResponse, expired],
};

function toTokenError(error: unknown): unknown {
  if (!(error instanceof RefreshSchedulerError)) return error;
  const [code, message] = ofScheduler[error.code];
  const isStopped = code === TokenManagerErrorCode.stopped;
  return isStopped ? new TokenManagerError(message, { code }) : new TokenRequestError(message, { code });
}
