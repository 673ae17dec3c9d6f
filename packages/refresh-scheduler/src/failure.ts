import { type Clock, elapsedMs, type Instant, msBetween, readInstant } from '@worker-auth/internal';
import { drawBackoffDelay, type BackoffPolicy, type RetryHints } from './backoff-policy.ts';

/** What a {@link Failure} is made from. */
export interface FailureSettings {
  readonly error: unknown;
  /** How many attempts have failed in a row, this one included. */
  readonly attempt: number;
  /** What remains of the lease, in milliseconds; 0 without one. */
  readonly leaseRemainingMs: number;
  readonly hints: RetryHints;
  /** The failure before this one; `undefined` when this is the first in a row. */
  readonly before?: Failure | undefined;
}

/** How waits are drawn and measured. */
export interface WaitSettings {
  readonly clock: Clock;
  readonly backoff: BackoffPolicy;
  readonly random: () => number;
}

/**
 * A failed attempt and the waits that follow from it, each drawn once. One until the next attempt, which may be long while a lease
 * lives, and one for those who cannot use the lease, as short as without it.
 */
export class Failure {
  readonly error: unknown;
  readonly attempt: number;
  /** Since when the server has asked for fewer requests; `undefined` when it did not. */
  readonly throttledSince: Instant | undefined;
  readonly #clock: Clock;
  readonly #since: Instant;
  #urgentDelayMs: number;
  #delayMs: number;

  constructor(settings: FailureSettings, { clock, backoff, random }: WaitSettings) {
    const { error, attempt, leaseRemainingMs, hints, before } = settings;
    this.error = error;
    this.attempt = attempt;
    this.#clock = clock;
    this.#since = readInstant(clock);
    this.throttledSince = hints.isThrottled === true ? (before?.throttledSince ?? this.#since) : undefined;
    const throttledForMs = this.throttledSince && msBetween(this.throttledSince, this.#since);
    const failure = { attempt, leaseRemainingMs, throttledForMs, ...hints };
    this.#delayMs = drawBackoffDelay(failure, backoff, random);
    this.#urgentDelayMs =
      leaseRemainingMs > 0
        ? Math.min(this.#delayMs, drawBackoffDelay({ ...failure, leaseRemainingMs: 0 }, backoff, random))
        : this.#delayMs;
  }

  /** Milliseconds until the next attempt; 0 or less when it is due. */
  get nextAttemptInMs(): number {
    return this.#delayMs - elapsedMs(this.#clock, this.#since);
  }

  /** Milliseconds until an attempt for somebody who cannot use the lease; 0 or less when it may be made. */
  get urgentAttemptInMs(): number {
    return this.#urgentDelayMs - elapsedMs(this.#clock, this.#since);
  }

  /**
   * The lease is gone: the wait is the short one from now on, which is not drawn again, or asking often would make it shorter.
   *
   * @param endWait whether there is none at all any more
   */
  loseLease(endWait: boolean): void {
    if (endWait) this.#urgentDelayMs = 0;
    this.#delayMs = this.#urgentDelayMs;
  }
}
