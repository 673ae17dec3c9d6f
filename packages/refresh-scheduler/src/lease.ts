import { checkRange, type Clock, elapsedMs, type Lease, positiveMs } from '@worker-auth/internal';

export type { Lease };

/** Milliseconds until `lease` ends, by whichever clock says less; 0 or less when it is over. */
export function remainingMs(clock: Clock, lease: Lease<unknown>): number {
  return lease.lifetimeMs - elapsedMs(clock, lease.obtainedAt);
}

/**
 * Rejects what is no lease, whatever it claims to be.
 *
 * @throws RangeError for a lifetime that is not a finite number above 0, TypeError for a moment that is none
 */
export function checkLease(lease: Lease<unknown>): void {
  checkRange('lifetimeMs', lease.lifetimeMs, positiveMs);
  const { monotonicMs, wallMs } = lease.obtainedAt;
  if (Number.isFinite(monotonicMs) && Number.isFinite(wallMs)) return;
  throw new TypeError('obtainedAt must have monotonicMs and wallMs, each a finite number');
}
