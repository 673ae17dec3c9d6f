import { RefreshSchedulerError, RefreshSchedulerErrorCode, retryHints } from '@worker-auth/refresh-scheduler';
import { TokenManagerError, TokenManagerErrorCode, TokenRequestError, withRetryIn } from './errors.ts';

const credentialCodes: ReadonlySet<TokenManagerErrorCode> = new Set([
  TokenManagerErrorCode.clientRejected,
  TokenManagerErrorCode.invalidCredentials,
  TokenManagerErrorCode.endpointUnknown,
  TokenManagerErrorCode.fileUnreadable,
  TokenManagerErrorCode.fileNotReady,
]);

/** Nothing reached a server: DNS failed, or nobody took the connection. */
const unsentCodes: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** Without a token no wait after such a failure is longer, in milliseconds: trying again costs no server anything. */
const maxUnsentWaitMs = 5_000;

/** What an {@link AttemptFailure} knows apart from the error. */
export interface AttemptFailureOptions {
  /** When the next attempt is to be made, in milliseconds; default: the backoff decides. */
  readonly retryInMs?: number | undefined;
  /** Whether only the credentials were read, and the server was not asked: nothing new to tell anybody. Default false. */
  readonly isSilent?: boolean;
}

/** A failed attempt as the scheduler gets it: the error that callers are to see, and when the next attempt is to be made. */
export class AttemptFailure extends Error {
  readonly error: unknown;
  readonly retryAfterMs: number | undefined;
  readonly retryInMs: number | undefined;
  readonly maxWaitMs: number | undefined;
  readonly isSilent: boolean;

  constructor(error: unknown, { retryInMs, isSilent = false }: AttemptFailureOptions = {}) {
    super('The attempt failed');
    this.error = error;
    this.retryAfterMs = retryHints(error).retryAfterMs;
    this.retryInMs = retryInMs;
    const isUnsent = error instanceof TokenRequestError && unsentCodes.has(error.networkCode);
    this.maxWaitMs = isUnsent ? maxUnsentWaitMs : undefined;
    this.isSilent = isSilent;
  }
}

/** What callers get for `thrown`, which the scheduler rejected with or tells of. */
export function errorForCallers(thrown: unknown, retryInMs: number | undefined): unknown {
  const error = thrown instanceof AttemptFailure ? thrown.error : toTokenError(thrown);
  return retryInMs === undefined ? error : withRetryIn(error, Math.ceil(retryInMs));
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

/** This package's own error for what the scheduler itself says. */
function toTokenError(error: unknown): unknown {
  if (!(error instanceof RefreshSchedulerError)) return error;
  switch (error.code) {
    case RefreshSchedulerErrorCode.stopped:
      return new TokenManagerError(
        'The token source was stopped while a token was waited for; create a new one to get tokens again',
        { code: TokenManagerErrorCode.stopped },
      );
    case RefreshSchedulerErrorCode.timedOut:
      return new TokenRequestError(
        'No token within attemptTimeoutMs. Check that the credential source and the token endpoint answer, or raise it',
        { code: TokenManagerErrorCode.timedOut },
      );
    case RefreshSchedulerErrorCode.discarded:
      return new TokenRequestError(
        'The token was invalidated again and again while it was requested. It is requested again after a while',
        { code: TokenManagerErrorCode.unavailable },
      );
    case RefreshSchedulerErrorCode.badLease:
    case RefreshSchedulerErrorCode.dueOnArrival:
      return new TokenRequestError(
        'The token was over, or due for renewal, when it arrived. Check its lifetime and the clock of the authorization server',
        { code: TokenManagerErrorCode.invalidResponse },
      );
  }
}
