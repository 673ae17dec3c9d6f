import { elapsedMs, type Instant, readInstant } from '@worker-auth/internal';
import { honouredRetryAfter, minWaitMs, type RetryHints } from './backoff-policy.ts';
import { dueOnArrivalError } from './errors.ts';
import { Failure, type FailureSettings, type WaitSettings } from './failure.ts';
import { ScheduledLease } from './scheduled-lease.ts';
import type { Lease } from './lease.ts';
import type { RefreshPolicy } from './refresh-policy.ts';

/** How a {@link Schedule} draws and measures waits. */
export interface ScheduleSettings extends WaitSettings {
  readonly policy: RefreshPolicy;
  readonly hintsOf: (error: unknown) => RetryHints;
}

/** An attempt that brought no lease. */
export interface FailedAttempt {
  readonly error: unknown;
  readonly attempt: number;
  readonly startedAt: Instant;
}

/** When the next attempt is to be made: by the current lease, the last failure, and what the server asked for. */
export class Schedule<T> {
  readonly #settings: ScheduleSettings;
  #current: ScheduledLease<T> | undefined;
  #failure: Failure | undefined;
  /** The server asked not to be called for so long, by this error. */
  #quiet: { readonly error: unknown; readonly durationMs: number; readonly since: Instant } | undefined;
  /** How long the slowest of the last successes took; half as much with each that was quicker. */
  #attemptMs = 0;

  constructor(settings: ScheduleSettings) {
    this.#settings = settings;
  }

  /** The newest lease, good or not. */
  get current(): ScheduledLease<T> | undefined {
    return this.#current;
  }

  /** The last attempt, if it failed or led nowhere. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** Milliseconds until the next attempt may be made: 0 or less when one may. */
  get nextAttemptInMs(): number {
    return Math.max(this.#failure?.nextAttemptInMs ?? this.#current?.dueInMs ?? 0, this.quietInMs);
  }

  /** Milliseconds for which the server asked not to be called: 0 when it did not. */
  get quietInMs(): number {
    if (this.#quiet === undefined) return 0;
    const { durationMs, since } = this.#quiet;
    return Math.max(0, durationMs - elapsedMs(this.#settings.clock, since));
  }

  /** @throws what said that the server is not to be called, for as long as it is not */
  throwIfQuiet(): void {
    if (this.quietInMs > 0) throw this.#quiet?.error;
  }

  /** Milliseconds that are left of the lease: 0 when it has ended or there is none. */
  get leaseRemainingMs(): number {
    return Math.max(0, this.#current?.endsInMs ?? 0);
  }

  /** Milliseconds until the end of the lease is to be reported; infinite when it was, and without a lease. */
  get endReportInMs(): number {
    return this.#current === undefined || this.#current.isEndReported ? Infinity : this.#current.endsInMs;
  }

  /** The number of the next attempt in a row. */
  get nextAttempt(): number {
    return (this.#failure?.attempt ?? 0) + 1;
  }

  /** Takes the lease, unless the one at hand was obtained later, and returns the newer of both. */
  take(lease: Lease<T>): ScheduledLease<T> {
    if (this.#current?.isNewerThan(lease.obtainedAt) === true) return this.#current;
    this.#current = new ScheduledLease(lease, this.#settings, this.#attemptMs);
    return this.#current;
  }

  /** Takes note of how long an attempt took that brought a lease, so that this is refreshed early enough. A sleep of the host does not count. */
  measure({ monotonicMs }: Instant): void {
    this.#attemptMs = Math.max(this.#settings.clock.monotonicNow() - monotonicMs, this.#attemptMs / 2);
  }

  /** A refresh has succeeded, or a lease was handed in. One that is due already is no progress: the next attempt waits. */
  succeed(lease: ScheduledLease<T>, attempt: number): void {
    const isDue = lease.dueInMs <= minWaitMs;
    this.#failure = isDue ? this.#failureOf({ error: dueOnArrivalError(), attempt, hints: {} }) : undefined;
  }

  /** An attempt has failed. It says nothing any more when a newer lease was handed in meanwhile. */
  fail({ error, attempt, startedAt }: FailedAttempt): void {
    const { clock, backoff, hintsOf } = this.#settings;
    const hints = hintsOf(error);
    this.#quiet = { error, durationMs: honouredRetryAfter(hints, backoff), since: readInstant(clock) };
    const isSuperseded = this.#current?.isNewerThan(startedAt) === true;
    this.#failure = isSuperseded ? undefined : this.#failureOf({ error, attempt, hints });
  }

  /**
   * Forgets the lease. The wait after a failure goes on, shortened to what it is without one.
   *
   * @param endWait whether it ends now; what the server asked for does not
   */
  discard(endWait: boolean): void {
    this.#current = undefined;
    this.#failure?.loseLease(endWait);
  }

  #failureOf(failed: Omit<FailureSettings, 'leaseRemainingMs'>): Failure {
    const { leaseRemainingMs } = this;
    return new Failure({ ...failed, leaseRemainingMs, before: this.#failure }, this.#settings);
  }
}
