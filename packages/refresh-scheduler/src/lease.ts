import {
  checkInstant,
  checkObject,
  checkRange,
  type Clock,
  elapsedMs,
  type Lease,
  positiveMs,
} from '@worker-auth/internal';

export type { Lease };

/** Milliseconds until `lease` ends, by whichever clock says less; 0 or less when it has ended. */
export function remainingMs(clock: Clock, lease: Lease<unknown>): number {
  checkLease(lease);
  return lease.lifetimeMs - elapsedMs(clock, lease.obtainedAt);
}

/**
 * Rejects what is no lease, whatever it claims to be.
 *
 * @throws RangeError for a lifetime that is not a finite number above 0, TypeError for a moment that is none, and for what is no object
 */
export function checkLease(lease: Lease<unknown>): void {
  checkObject('The lease', lease);
  checkRange('lifetimeMs', lease.lifetimeMs, positiveMs);
  checkInstant('obtainedAt', lease.obtainedAt);
}
