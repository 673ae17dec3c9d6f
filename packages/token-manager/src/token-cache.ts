import { maxTimerMs } from '@worker-auth/inlined';
import { type Clock, elapsedMs, type Lease, type Timer } from '@worker-auth/refresh-scheduler';

/** A token with the lease that it came with. */
export interface CachedToken {
  readonly token: string;
  /** The same, settled already: handing it out costs no allocation. */
  readonly settled: Promise<string>;
  readonly lease: Lease<unknown>;
}

/**
 * Keeps the newest token and says whether it is good, by both clocks.
 *
 * Until the token is due for renewal, one clock is read and the other speaks through a timer: the wall clock is compared with the
 * due moment, and a timer, which runs by the monotonic clock, ends this period. After that, both clocks are read each time. So what
 * is left of the token's life when the period ends is a reserve for a timer that is late because the event loop was blocked.
 */
export class TokenCache {
  readonly #clock: Clock;
  #current: CachedToken | undefined;
  #oneClockUntilWallMs = -Infinity;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The newest token, good or not. */
  get current(): CachedToken | undefined {
    return this.#current;
  }

  /** What remains of the token's life, in milliseconds; 0 when it is over, `undefined` when there is no token. */
  get remainingMs(): number | undefined {
    const current = this.#current;
    if (current === undefined) return undefined;
    return Math.max(0, current.lease.lifetimeMs - elapsedMs(this.#clock, current.lease.obtainedAt));
  }

  /** The token, if it is good and not due for renewal yet, at the price of one clock reading. */
  notDue(): CachedToken | undefined {
    return this.#clock.wallNow() < this.#oneClockUntilWallMs ? this.#current : undefined;
  }

  /** The token, if it is good. */
  good(): CachedToken | undefined {
    return this.notDue() ?? (this.remainingMs === 0 ? undefined : this.#current);
  }

  /**
   * Keeps `token` in place of the one before.
   *
   * @param dueInMs milliseconds until it is due for renewal; 0 or less when it is
   */
  set(token: CachedToken, dueInMs: number): void {
    this.release();
    this.#current = token;
    if (dueInMs <= 0) return;
    const periodMs = Math.min(dueInMs, maxTimerMs);
    this.#oneClockUntilWallMs = this.#clock.wallNow() + periodMs;
    this.#timer = this.#clock.startTimer(() => {
      this.release();
    }, periodMs);
  }

  /** Forgets the token. */
  clear(): void {
    this.release();
    this.#current = undefined;
  }

  /** Ends the timer; the token stays, and both clocks are read from now on. */
  release(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#oneClockUntilWallMs = -Infinity;
  }
}
