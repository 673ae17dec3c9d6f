/** A timer that a {@link Clock} started. */
export interface Timer {
  /** Ends the timer; its callback is not called any more. Harmless when called again or after it fired. */
  cancel(): void;
}

/**
 * Where time comes from. Production code passes nothing and gets {@link systemClock}; tests pass a fake.
 *
 * Two readings, because either can be wrong alone: a suspended host stops the monotonic clock, and an NTP step
 * moves the wall clock.
 */
export interface Clock {
  /** Milliseconds since an arbitrary origin; never goes back. */
  monotonicNow(): number;
  /** Milliseconds since the Unix epoch, as the host believes. */
  wallNow(): number;
  /**
   * Calls `callback` once, `delayMs` milliseconds from now or a little later.
   *
   * @param callback must not throw
   * @param delayMs 0 or more; a timer of the system clock is good for at most 2^31-1 ms, so callers split longer waits
   * @param options.keepAlive whether the timer keeps the process alive; default false
   */
  startTimer(callback: () => void, delayMs: number, options?: { readonly keepAlive?: boolean }): Timer;
}

/** One moment, read from both clocks. */
export interface Instant {
  /** {@link Clock.monotonicNow} of the moment, in milliseconds. */
  readonly monotonicMs: number;
  /** {@link Clock.wallNow} of the moment, in milliseconds. */
  readonly wallMs: number;
}

/** The clock of the host: `performance.now()`, `Date.now()` and `setTimeout`. */
export const systemClock: Clock = {
  // Wrapped, never aliased: a test runner or an agent may replace the globals after this module was loaded.
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

/** The present moment of `clock`. */
export function readInstant(clock: Clock): Instant {
  return { monotonicMs: clock.monotonicNow(), wallMs: clock.wallNow() };
}

/**
 * Milliseconds since `since`: the greater of what the monotonic and the wall clock say, so that neither a suspended
 * host nor a wall clock that stepped back makes anything look younger than it is.
 */
export function elapsedMs(clock: Clock, since: Instant): number {
  return Math.max(clock.monotonicNow() - since.monotonicMs, clock.wallNow() - since.wallMs);
}
