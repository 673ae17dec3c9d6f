import { type Clock, elapsedMs, type Instant } from '@worker-auth/inlined';

/** Something that is good for a limited time: a token, a certificate, a session. */
export interface Lease<T> {
  /** What was obtained. */
  readonly value: T;
  /** When its life began: the moment its request was *sent*, so that a slow answer never lengthens it. */
  readonly obtainedAt: Instant;
  /** How long it is good for, in milliseconds from {@link Lease.obtainedAt}; finite and above 0. */
  readonly lifetimeMs: number;
}

/** Milliseconds until `lease` ends, by whichever clock says less; 0 or less when it is over. */
export function remainingMs(clock: Clock, lease: Lease<unknown>): number {
  return lease.lifetimeMs - elapsedMs(clock, lease.obtainedAt);
}
