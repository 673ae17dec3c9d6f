/**
 * Where time comes from. The `Clock` of `@worker-auth/refresh-scheduler` fits; production code passes nothing and gets
 * {@link systemClock}.
 */
export interface Clock {
  /** Milliseconds since an arbitrary origin; never goes back. */
  monotonicNow(): number;
  /** Milliseconds since the Unix epoch, as the host believes. */
  wallNow(): number;
  /**
   * Calls `callback` once, `delayMs` milliseconds from now or a little later.
   *
   * @param options.keepAlive whether the timer keeps the process alive; default false
   */
  startTimer(
    callback: () => void,
    delayMs: number,
    options?: { readonly keepAlive?: boolean },
  ): { cancel(): void };
}

/** The clock of the host. */
export const systemClock: Clock = {
  monotonicNow: () => performance.now(),
  wallNow: () => Date.now(),
  startTimer(callback, delayMs, options) {
    const handle = setTimeout(callback, delayMs);
    if (options?.keepAlive !== true) handle.unref();
    return {
      cancel: () => {
        clearTimeout(handle);
      },
    };
  },
};
