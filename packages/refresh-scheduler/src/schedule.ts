import type { Instant } from '@worker-auth/inlined';
import { honouredRetryAfter, minWaitMs, retryHints } from './backoff-policy.ts';
import { dueOnArrivalError } from './errors.ts';
import { Failure, type WaitSettings } from './failure.ts';
import { HeldLease } from './held-lease.ts';
import type { Lease } from './lease.ts';
import { type QuietPeriod, quietPeriod } from './quiet-period.ts';
import type { RefreshPolicy } from './refresh-policy.ts';

/** An attempt that brought no lease. */
export interface FailedAttempt {
  readonly error: unknown;
  readonly attempt: number;
  readonly startedAt: Instant;
}

/** When the next attempt is to be made: what is held, what failed last, and what the server asked for. */
export class Schedule<T> {
  readonly #settings: WaitSettings & { readonly policy: RefreshPolicy };
  #held: HeldLease<T> | undefined;
  #failure: Failure | undefined;
  #quiet: QuietPeriod | undefined;
  /** How long the slowest of the last successes took; half as much with each that was quicker. */
  #attemptMs = 0;

  constructor(settings: WaitSettings & { readonly policy: RefreshPolicy }) {
    this.#settings = settings;
  }

  /** The newest lease, good or not. */
  get held(): HeldLease<T> | undefined {
    return this.#held;
  }

  /** The last attempt, if it failed or led nowhere. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** Milliseconds until the next attempt may be made: 0 or less when one may. */
  get nextAttemptInMs(): number {
    return Math.max(this.#failure?.nextAttemptInMs ?? this.#held?.dueInMs ?? 0, this.quietInMs);
  }

  /** Milliseconds for which the server asked not to be called: 0 when it did not. */
  get quietInMs(): number {
    return Math.max(0, this.#quiet?.endsInMs ?? 0);
  }

  /** @throws what said that the server is not to be called, for as long as it is not */
  throwIfQuiet(): void {
    if (this.#quiet !== undefined && this.#quiet.endsInMs > 0) throw this.#quiet.error;
  }

  /** Milliseconds that are left of the lease: 0 when it has ended or there is none. */
  get leaseRemainingMs(): number {
    return Math.max(0, this.#held?.endsInMs ?? 0);
  }

  /** Milliseconds until the end of the lease is to be reported; infinite when it was, and without a lease. */
  get endReportInMs(): number {
    return this.#held === undefined || this.#held.isEndReported ? Infinity : this.#held.endsInMs;
  }

  /**
   * The number of the next attempt in a row. Without a lease every second counts: what failed while there was time must not make the
   * next attempts wait.
   */
  get nextAttempt(): number {
    if (this.#failure === undefined) return 1;
    const isLeaseGone = this.#failure.withLease && this.leaseRemainingMs <= 0;
    return isLeaseGone ? 1 : this.#failure.attempt + 1;
  }

  /** Takes the lease, unless the one at hand was obtained later, and returns the newer of both. */
  hold(lease: Lease<T>): HeldLease<T> {
    if (this.#held?.isNewerThan(lease.obtainedAt) === true) return this.#held;
    this.#held = new HeldLease(lease, { ...this.#settings, attemptMs: this.#attemptMs });
    return this.#held;
  }

  /** Takes note of how long an attempt took that brought a lease, so that this is renewed early enough. A sleep of the host does not count. */
  measure({ monotonicMs }: Instant): void {
    this.#attemptMs = Math.max(this.#settings.clock.monotonicNow() - monotonicMs, this.#attemptMs / 2);
  }

  /** A renewal has succeeded, or a lease was handed in. One that is due already is no progress: the next attempt waits. */
  succeed(held: HeldLease<T>, attempt: number): void {
    const isDue = held.dueInMs <= minWaitMs;
    this.#failure = isDue ? this.#failureOf(dueOnArrivalError(), attempt) : undefined;
  }

  /** An attempt has failed. It says nothing any more when a newer lease was handed in meanwhile. */
  fail({ error, attempt, startedAt }: FailedAttempt): void {
    const { clock, backoff } = this.#settings;
    this.#quiet = quietPeriod(error, honouredRetryAfter(retryHints(error), backoff), clock);
    const isSuperseded = this.#held?.isNewerThan(startedAt) === true;
    this.#failure = isSuperseded ? undefined : this.#failureOf(error, attempt);
  }

  /**
   * Forgets the lease. The wait after a failure goes on, shortened to what it is without one.
   *
   * @param endWait whether it ends now; what the server asked for does not
   */
  discard(endWait: boolean): void {
    this.#held = undefined;
    this.#failure?.loseLease(endWait);
  }

  #failureOf(error: unknown, attempt: number): Failure {
    return new Failure({ error, attempt, leaseRemainingMs: this.leaseRemainingMs }, this.#settings);
  }
}
