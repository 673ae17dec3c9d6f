/** A timer that a {@link Clock} started. */
export interface Timer {
  /** Ends the timer; its callback is not called any more. Harmless when called again or after it fired. */
  cancel(): void;
}

/**
 * Where time comes from. Production code passes nothing and gets the clock of the host; tests pass a fake.
 *
 * Two readings, because either can be wrong alone: a suspended host stops the monotonic clock, and an NTP step
 * moves the wall clock.
 */
export interface Clock {
  /** Milliseconds since an arbitrary origin; never goes back. A step of the wall clock does not move it. */
  monotonicNow(): number;
  /** Milliseconds since the Unix epoch, as the host believes. */
  wallNow(): number;
  /**
   * Calls `callback` once, `delayMs` milliseconds from now or a little later; never within the call.
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
