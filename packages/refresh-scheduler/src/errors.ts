/** Codes of {@link RefreshSchedulerError}, stable across versions. */
export const RefreshSchedulerErrorCode = {
  /** The scheduler was stopped, before the call or during it. */
  stopped: 'REFRESH_SCHEDULER_STOPPED',
  /** A renewal took longer than `renewTimeoutMs`. */
  timedOut: 'REFRESH_SCHEDULER_RENEWAL_TIMED_OUT',
  /** A renewal gave a lease that cannot be used: its lifetime is not a number above 0, or is over already. */
  badLease: 'REFRESH_SCHEDULER_BAD_LEASE',
} as const;

/** One of the values of `RefreshSchedulerErrorCode`. */
export type RefreshSchedulerErrorCode =
  (typeof RefreshSchedulerErrorCode)[keyof typeof RefreshSchedulerErrorCode];

/** What this package throws, wrong arguments apart, which are a `RangeError`. Errors of `renew` pass unchanged. */
export class RefreshSchedulerError extends Error {
  override readonly name = 'RefreshSchedulerError';
  readonly code: RefreshSchedulerErrorCode;
  /** Whether the same call can succeed later. */
  readonly retryable: boolean;

  constructor(code: RefreshSchedulerErrorCode, message: string) {
    super(message);
    this.code = code;
    this.retryable = code !== RefreshSchedulerErrorCode.stopped;
  }
}

/** The error of every call that meets a stopped scheduler. */
export function stoppedError(): RefreshSchedulerError {
  return new RefreshSchedulerError(
    RefreshSchedulerErrorCode.stopped,
    'The refresh scheduler was stopped; create a new one to renew again',
  );
}
