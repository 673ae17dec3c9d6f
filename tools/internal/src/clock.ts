import type { Clock, Instant } from '@worker-auth/ports';

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

/** Milliseconds from one moment to another: the greater of what the two clocks say. */
export function msBetween(from: Instant, to: Instant): number {
  return Math.max(to.monotonicMs - from.monotonicMs, to.wallMs - from.wallMs);
}

/**
 * Milliseconds since `since`: the greater of what the monotonic and the wall clock say, so that neither a suspended
 * host nor a wall clock that stepped back makes anything look younger than it is.
 */
export function elapsedMs(clock: Clock, since: Instant): number {
  return Math.max(clock.monotonicNow() - since.monotonicMs, clock.wallNow() - since.wallMs);
}
