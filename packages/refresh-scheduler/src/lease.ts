import { checkRange, type Clock, elapsedMs, type Instant, positiveMs } from '@worker-auth/inlined';

/** Something that is good for a limited time: a token, a certificate, a session. */
export interface Lease<T> {
  /** What was obtained. */
  readonly value: T;
  /**
   * When its life began: the moment its request was *sent*, so that a slow response never lengthens it. Of another process only the wall
   * clock says something here: `{ monotonicMs: clock.monotonicNow() - (clock.wallNow() - wallMs), wallMs }`.
   */
  readonly obtainedAt: Instant;
  /** How long it is good for, in milliseconds from {@link Lease.obtainedAt}; finite and above 0. */
  readonly lifetimeMs: number;
}

/** Milliseconds until `lease` ends, by whichever clock says less; 0 or less when it is over. */
export function remainingMs(clock: Clock, lease: Lease<unknown>): number {
  return lease.lifetimeMs - elapsedMs(clock, lease.obtainedAt);
}

/**
 * Refuses what is no lease, whatever it claims to be.
 *
 * @throws RangeError for a lifetime that is not a finite number above 0, TypeError for a moment that is none
 */
export function checkLease(lease: Lease<unknown>): void {
  checkRange('lifetimeMs', lease.lifetimeMs, positiveMs);
  const { monotonicMs, wallMs } = lease.obtainedAt;
  if (Number.isFinite(monotonicMs) && Number.isFinite(wallMs)) return;
  throw new TypeError('obtainedAt must have monotonicMs and wallMs, each a finite number');
}
