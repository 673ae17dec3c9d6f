import {
  type BackoffPolicy,
  backoffDelay,
  type Clock,
  elapsedMs,
  type Instant,
  type OptionsOf,
  readInstant,
  RefreshSchedulerError,
  RefreshSchedulerErrorCode,
  type RenewalFailedEvent,
  retryHints,
} from '@worker-auth/refresh-scheduler';
import { TokenManagerErrorCode, TokenManagerError, TokenRequestError, withRetryIn } from './errors.ts';

interface Failure {
  /** What the attempt threw. */
  readonly original: unknown;
  /** What callers get. */
  readonly error: unknown;
  readonly at: Instant;
  /** Until then nobody's request leaves. */
  readonly retryInMs: number;
  /** Until then no request leaves for a token that is still good. */
  readonly patientRetryInMs: number;
}

/** What follows from a failed attempt. */
export interface RememberedFailure {
  /** What callers get. */
  readonly error: unknown;
  /** How long callers without a token get the error in place of a request. */
  readonly retryInMs: number;
}

/** Settings of a {@link FailureMemory}. */
export interface FailureMemoryOptions {
  readonly backoff: OptionsOf<BackoffPolicy>;
  readonly clock: Clock;
  readonly random: () => number;
}

/**
 * Remembers the last failed attempt until the next may be made, so that callers get its error at once and no storm of requests leaves.
 *
 * Two waits follow from one failure: one for callers with a good token at hand, which may be long, and a short one for those
 * without, among them forced refreshes of a token that somebody refused.
 */
export class FailureMemory {
  readonly #options: FailureMemoryOptions;
  #last: Failure | undefined;

  constructor(options: FailureMemoryOptions) {
    this.#options = options;
  }

  /** Whether a renewal of a token that is still good has to wait. */
  get isWaiting(): boolean {
    return (
      this.#last !== undefined && elapsedMs(this.#options.clock, this.#last.at) < this.#last.patientRetryInMs
    );
  }

  /** The error that a caller without a token gets in place of a request, while there is a wait. */
  refusal(): { readonly error: unknown } | undefined {
    if (this.#last === undefined) return undefined;
    const leftMs = this.#last.retryInMs - elapsedMs(this.#options.clock, this.#last.at);
    return leftMs > 0 ? { error: withRetryIn(this.#last.error, Math.ceil(leftMs)) } : undefined;
  }

  /** Takes note of a failed attempt. */
  remember(event: RenewalFailedEvent): RememberedFailure {
    const { backoff, clock, random } = this.#options;
    const { attempt, leaseRemainingMs } = event;
    const failure = { attempt, ...retryHints(event.error) };
    const patientRetryInMs =
      event.nextAttemptInMs ?? backoffDelay({ ...failure, leaseRemainingMs }, backoff, random);
    const retryInMs =
      leaseRemainingMs > 0
        ? Math.min(patientRetryInMs, backoffDelay({ ...failure, leaseRemainingMs: 0 }, backoff, random))
        : patientRetryInMs;
    const error = withRetryIn(toTokenError(event.error), retryInMs);
    this.#last = {
      original: event.error,
      error,
      at: readInstant(clock),
      retryInMs,
      patientRetryInMs,
    };
    return { error, retryInMs };
  }

  /** What a caller gets who waited for the attempt that threw `error`. */
  asThrown(error: unknown): unknown {
    return this.#last?.original === error ? this.#last?.error : toTokenError(error);
  }

  clear(): void {
    this.#last = undefined;
  }

  /** Ends the wait, unless it is for a server that is not reachable, not available, or asked for fewer requests. */
  forgetRefusal(): void {
    const error = this.#last?.error;
    const isServersWait = error instanceof TokenManagerError && error.kind === 'connectivity';
    if (!isServersWait) this.#last = undefined;
  }
}

/** This package's own error for what the scheduler itself says. */
function toTokenError(error: unknown): unknown {
  if (!(error instanceof RefreshSchedulerError)) return error;
  switch (error.code) {
    case RefreshSchedulerErrorCode.stopped:
      return new TokenManagerError(
        'The token manager was stopped while a token was waited for; create a new one to get tokens again',
        { code: TokenManagerErrorCode.stopped },
      );
    case RefreshSchedulerErrorCode.timedOut:
      return new TokenRequestError(
        'No token within attemptTimeoutMs. Check that the credential source and the token endpoint answer, or raise it',
        { code: TokenManagerErrorCode.timedOut },
      );
    case RefreshSchedulerErrorCode.badLease:
      return new TokenRequestError(
        'The token was over when it arrived. Check the token lifetime and the clock of the authorization server',
        { code: TokenManagerErrorCode.invalidResponse },
      );
  }
}
