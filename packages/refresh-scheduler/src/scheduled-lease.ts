import { type Clock, elapsedMs, type Instant, msBetween, readInstant } from '@worker-auth/internal';
import type { Lease } from './lease.ts';
import { drawRefreshDelay, marginOf, type RefreshPolicy } from './refresh-policy.ts';

/** Delay of the refresh of a lease that ends before a response as slow as the last ones could arrive, in milliseconds. */
const hopelessDelayMs = 1_000;

/** How a {@link ScheduledLease} is scheduled. */
export interface ScheduledLeaseOptions {
  readonly clock: Clock;
  readonly policy: RefreshPolicy;
  readonly random: () => number;
}

/** A lease with the moment it is due, which is drawn once per lease. */
export class ScheduledLease<T> {
  readonly lease: Lease<T>;
  /** Whether its end was reported. */
  isEndReported = false;
  readonly #clock: Clock;
  readonly #dueAfterMs: number;
  readonly #since: Instant;

  /**
   * @param lease one that `checkLease` let pass
   * @param attemptMs how long slow attempts take, in milliseconds
   */
  constructor(lease: Lease<T>, { clock, policy, random }: ScheduledLeaseOptions, attemptMs: number) {
    this.lease = lease;
    this.#clock = clock;
    const now = readInstant(clock);
    this.#since = onThisClock(lease.obtainedAt, now);
    const ageMs = msBetween(this.#since, now);
    this.#dueAfterMs = Math.min(
      drawRefreshDelay(lease.lifetimeMs, policy, random),
      latestDelay(lease.lifetimeMs, ageMs, attemptMs),
    );
  }

  /** Milliseconds until the lease is to be refreshed; 0 or less when it is due. */
  get dueInMs(): number {
    return this.#dueAfterMs - elapsedMs(this.#clock, this.#since);
  }

  /** Milliseconds until the lease ends; 0 or less when it is over. */
  get endsInMs(): number {
    return this.lease.lifetimeMs - elapsedMs(this.#clock, this.#since);
  }

  /** Whether the lease was obtained later than `instant`: compared by age, since monotonic clocks differ between processes. */
  isNewerThan(instant: Instant): boolean {
    const now = readInstant(this.#clock);
    return msBetween(this.#since, now) < msBetween(onThisClock(instant, now), now);
  }
}

/** When the lease must be refreshed so that the next one is there before its end: the margin gives way to a life that is too short for it. */
function latestDelay(lifetimeMs: number, ageMs: number, attemptMs: number): number {
  const spareMs = lifetimeMs - attemptMs - ageMs;
  if (spareMs <= 0) return ageMs + hopelessDelayMs;
  return Math.floor(lifetimeMs - attemptMs - Math.min(marginOf(lifetimeMs), spareMs / 2));
}

/**
 * A monotonic reading that is still to come is another process's. The wall clock then says how old the lease is, and from now on this
 * process's monotonic clock counts as well.
 */
function onThisClock(instant: Instant, now: Instant): Instant {
  if (instant.monotonicMs <= now.monotonicMs) return instant;
  const ageMs = Math.max(0, now.wallMs - instant.wallMs);
  return { monotonicMs: now.monotonicMs - ageMs, wallMs: instant.wallMs };
}
