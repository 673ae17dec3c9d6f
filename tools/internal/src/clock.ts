import type { Clock, Instant } from '@worker-auth/ports';
import { checkNumber } from './numbers.ts';
import { checkClock, checkFunction } from './options.ts';

/** The clock of the host: `performance.now()`, `Date.now()` and `setTimeout`. */
export const systemClock: Clock = {
  // Wrapped, never aliased: a test runner or an agent may replace the globals after this module was loaded.
  monotonicNow: () => performance.now(),
  wallNow: () => Date.now(),
  startTimer(callback, delayMs, options) {
    checkFunction('callback', callback);
    checkNumber('delayMs', delayMs);
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
  checkClock('clock', clock);
  return { monotonicMs: clock.monotonicNow(), wallMs: clock.wallNow() };
}

/** @throws TypeError for what is no moment */
export function checkInstant(name: string, value: unknown): void {
  const { monotonicMs, wallMs } = Object(value) as Partial<Instant>;
  if (Number.isFinite(monotonicMs) && Number.isFinite(wallMs)) return;
  throw new TypeError(`${name} must have monotonicMs and wallMs, each a finite number`);
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
  checkClock('clock', clock);
  checkInstant('since', since);
  return Math.max(clock.monotonicNow() - since.monotonicMs, clock.wallNow() - since.wallMs);
}
