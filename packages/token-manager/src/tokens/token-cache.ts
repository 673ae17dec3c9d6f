import { maxTimerMs } from '@worker-auth/internal';
import { type Clock, elapsedMs, type Lease, type Timer } from '@worker-auth/refresh-scheduler';
import type { ObtainedToken } from '../request/attempts.ts';

/**
 * Keeps the newest token and says whether it is good, by both clocks.
 *
 * Until the token is due for refresh, one clock is read and the other speaks through a timer. The wall clock is compared with the
 * due moment, and a timer, which runs by the monotonic clock, ends this period. After that, both clocks are read each time. So what
 * is left of the token's life when the period ends is a reserve for a timer that is late because the event loop was blocked.
 */
export class TokenCache {
  readonly #clock: Clock;
  #current: Lease<ObtainedToken> | undefined;
  /** The token, settled already: handing it out costs no allocation. */
  #settled: Promise<string> | undefined;
  #oneClockUntilWallMs = -Infinity;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The newest token, good or not. */
  get current(): Lease<ObtainedToken> | undefined {
    return this.#current;
  }

  /** What remains of the token's life, in milliseconds; 0 when it has ended, `undefined` when there is no token. */
  get remainingMs(): number | undefined {
    const current = this.#current;
    if (current === undefined) return undefined;
    return Math.max(0, current.lifetimeMs - elapsedMs(this.#clock, current.obtainedAt));
  }

  /** The token, if it is good and not due for refresh yet, at the price of one clock reading. */
  notDue(): Promise<string> | undefined {
    return this.#isNotDue() ? this.#settled : undefined;
  }

  /** The token, if it is good. */
  good(): Lease<ObtainedToken> | undefined {
    return this.#isNotDue() || this.remainingMs !== 0 ? this.#current : undefined;
  }

  /**
   * Keeps `token` in place of the one before.
   *
   * @param dueInMs milliseconds until it is due for refresh; 0 or less when it is
   */
  set(token: Lease<ObtainedToken>, dueInMs: number): void {
    this.release();
    this.#current = token;
    this.#settled = Promise.resolve(token.value.token);
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
    this.#settled = undefined;
  }

  /** Ends the timer; the token stays, and both clocks are read from now on. */
  release(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#oneClockUntilWallMs = -Infinity;
  }

  #isNotDue(): boolean {
    return this.#clock.wallNow() < this.#oneClockUntilWallMs;
  }
}
