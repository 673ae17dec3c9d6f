import type { Instant } from './clock.ts';

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
