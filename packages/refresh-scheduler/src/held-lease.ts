import { type Clock, elapsedMs, type Instant, readInstant } from '@worker-auth/inlined';
import type { Lease } from './lease.ts';
import { drawRefreshDelay, marginOf, type RefreshPolicy } from './refresh-policy.ts';

/** A lease that ends before an answer as slow as the last ones could come is renewed so soon after it came, in milliseconds. */
const hopelessDelayMs = 1_000;

/** How a {@link HeldLease} is scheduled. */
export interface HeldLeaseOptions {
  readonly clock: Clock;
  readonly policy: RefreshPolicy;
  readonly random: () => number;
  /** How long attempts take that are slow, in milliseconds. */
  readonly attemptMs: number;
}

/** A lease with the moment it is due, which is drawn once per lease. */
export class HeldLease<T> {
  readonly lease: Lease<T>;
  /** Whether its end was told. */
  isEndReported = false;
  readonly #clock: Clock;
  readonly #dueAfterMs: number;
  readonly #since: Instant;

  /** @param lease one that `checkLease` let pass */
  constructor(lease: Lease<T>, { clock, policy, random, attemptMs }: HeldLeaseOptions) {
    this.lease = lease;
    this.#clock = clock;
    this.#since = onThisClock(lease.obtainedAt, clock);
    const ageMs = elapsedMs(clock, this.#since);
    this.#dueAfterMs = Math.min(
      drawRefreshDelay(lease.lifetimeMs, policy, random),
      latestDelay(lease.lifetimeMs, ageMs, attemptMs, policy),
    );
  }

  /** Milliseconds until the lease is to be renewed; 0 or less when it is due. */
  get dueInMs(): number {
    return this.#dueAfterMs - elapsedMs(this.#clock, this.#since);
  }

  /** Milliseconds until the lease ends; 0 or less when it is over. */
  get endsInMs(): number {
    return this.lease.lifetimeMs - elapsedMs(this.#clock, this.#since);
  }

  /** Whether the lease was obtained later than `instant`: compared by age, since monotonic clocks differ between processes. */
  isNewerThan(instant: Instant): boolean {
    return elapsedMs(this.#clock, this.#since) < elapsedMs(this.#clock, onThisClock(instant, this.#clock));
  }
}

/** When the lease must be renewed so that the next one is there before its end: the margin gives way to a life that is too short for it. */
function latestDelay(lifetimeMs: number, ageMs: number, attemptMs: number, policy: RefreshPolicy): number {
  const spareMs = lifetimeMs - attemptMs - ageMs;
  if (spareMs <= 0) return ageMs + hopelessDelayMs;
  return Math.floor(lifetimeMs - attemptMs - Math.min(marginOf(lifetimeMs, policy), spareMs / 2));
}

/**
 * A monotonic reading that is still to come is another process's. The wall clock then says how old the lease is, and from now on this
 * process's monotonic clock counts as well.
 */
function onThisClock(instant: Instant, clock: Clock): Instant {
  const now = readInstant(clock);
  if (instant.monotonicMs <= now.monotonicMs) return instant;
  const ageMs = Math.max(0, now.wallMs - instant.wallMs);
  return { monotonicMs: now.monotonicMs - ageMs, wallMs: instant.wallMs };
}
