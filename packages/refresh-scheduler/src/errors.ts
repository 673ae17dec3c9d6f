import { brandErrors } from '@worker-auth/internal';

/** Codes of {@link RefreshSchedulerError}, stable across versions. */
export const RefreshSchedulerErrorCode = {
  /** The scheduler was stopped, before the call or during it. */
  stopped: 'REFRESH_SCHEDULER_STOPPED',
  /** A refresh took longer than `refreshTimeoutMs`. */
  timedOut: 'REFRESH_SCHEDULER_REFRESH_TIMED_OUT',
  /** A refresh gave something that cannot be used as a lease: no lifetime above 0, no moment, or a life that has ended already. */
  badLease: 'REFRESH_SCHEDULER_BAD_LEASE',
  /** A refresh gave a lease that is good, and due for refresh already: refreshing it again at once would lead nowhere. */
  dueOnArrival: 'REFRESH_SCHEDULER_LEASE_DUE_ON_ARRIVAL',
  /** `discard()` was called again and again while a refresh ran. */
  discarded: 'REFRESH_SCHEDULER_REFRESH_DISCARDED',
} as const;

/** One of the values of `RefreshSchedulerErrorCode`. */
export type RefreshSchedulerErrorCode =
  (typeof RefreshSchedulerErrorCode)[keyof typeof RefreshSchedulerErrorCode];

/** What a {@link RefreshSchedulerError} knows. */
export interface RefreshSchedulerErrorOptions {
  readonly code: RefreshSchedulerErrorCode;
}

/** What this package throws, wrong arguments apart, which are a `RangeError` or a `TypeError`. Errors of `refresh` pass unchanged. */
export class RefreshSchedulerError extends Error {
  override readonly name = 'RefreshSchedulerError';
  readonly code: RefreshSchedulerErrorCode;
  /** Whether the same call can succeed later. */
  readonly retryable: boolean;

  /** Makes an error, which is retryable unless its code says that the scheduler was stopped. */
  constructor(message: string, { code }: RefreshSchedulerErrorOptions) {
    super(message);
    this.code = code;
    this.retryable = code !== RefreshSchedulerErrorCode.stopped;
  }
}

brandErrors('refresh-scheduler', { RefreshSchedulerError });

/** The error of every call that meets a stopped scheduler. */
export function stoppedError(): RefreshSchedulerError {
  return new RefreshSchedulerError('The refresh scheduler was stopped; create a new one to refresh again', {
    code: RefreshSchedulerErrorCode.stopped,
  });
}

/** What a refresh is aborted with when its lease is not wanted any more. */
export function discardedError(): RefreshSchedulerError {
  return new RefreshSchedulerError(
    'The lease was discarded while it was being refreshed, more than once in a row; the next attempt waits',
    { code: RefreshSchedulerErrorCode.discarded },
  );
}

/** What stands against refreshing at once again a lease that is due already. */
export function dueOnArrivalError(): RefreshSchedulerError {
  return new RefreshSchedulerError(
    'The refresh gave a lease that is due for refresh already; the next attempt waits. Check its lifetime and the refresh policy',
    { code: RefreshSchedulerErrorCode.dueOnArrival },
  );
}
