import { maxTimerMs } from '@worker-auth/inlined';
import { type Clock, elapsedMs, type Lease, type Timer } from '@worker-auth/refresh-scheduler';

/** A token that is held. */
export interface HeldToken {
  readonly token: string;
  /** The same, settled already: handing it out costs no allocation. */
  readonly settled: Promise<string>;
  readonly lease: Lease<string>;
}

/**
 * Holds the newest token and says whether it is good, by both clocks.
 *
 * Until the token is due for renewal, one clock is read and the other speaks through a timer: the wall clock is compared with the
 * due moment, and a timer, which runs by the monotonic clock, ends this period. After that, both clocks are read each time. So what
 * is left of the token's life when the period ends is a reserve for a timer that is late because the event loop was blocked.
 */
export class TokenCache {
  readonly #clock: Clock;
  #held: HeldToken | undefined;
  #oneClockUntilWallMs = -Infinity;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The newest token, good or not. */
  get held(): HeldToken | undefined {
    return this.#held;
  }

  /** What remains of the token's life, in milliseconds; 0 when it is over, `undefined` when there is no token. */
  get remainingMs(): number | undefined {
    const held = this.#held;
    if (held === undefined) return undefined;
    return Math.max(0, held.lease.lifetimeMs - elapsedMs(this.#clock, held.lease.obtainedAt));
  }

  /** The token, if it is good and not due for renewal yet, at the price of one clock reading. */
  notDue(): HeldToken | undefined {
    return this.#clock.wallNow() < this.#oneClockUntilWallMs ? this.#held : undefined;
  }

  /** The token, if it is good. */
  good(): HeldToken | undefined {
    return this.notDue() ?? (this.remainingMs === 0 ? undefined : this.#held);
  }

  /**
   * Holds `token` in place of the one before.
   *
   * @param dueInMs milliseconds until it is due for renewal; 0 or less when it is
   */
  hold(token: HeldToken, dueInMs: number): void {
    this.release();
    this.#held = token;
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
    this.#held = undefined;
  }

  /** Ends the timer; the token stays, and both clocks are read from now on. */
  release(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#oneClockUntilWallMs = -Infinity;
  }
}
