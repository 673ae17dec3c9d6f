import type { Clock } from '@worker-auth/internal';

/** Requests in place of tokens that have helped, in any minute: enough for a server that revokes each after 5 s. */
const helpedPerMinute = 12;

/** All other requests: so many at once, and one more after so long, in ms. */
const others = { size: 3, refillMs: 30_000 };

/** After so many of these that did not help, each wait is twice as long. */
const patience = 5;

/**
 * Limits requests for other tokens, beside renewals, which are free: whatever Temporal rejects, the OAuth server gets few of them, and where new tokens do
 * not help 5 in the first minute, then one or two. Time alone gives them back.
 */
export class TokenBudget {
  readonly #clock: Clock;
  /** Of the last ones in place of tokens that have helped. */
  #helpedAtMs: readonly number[] = [];
  #left = others.size;
  #filledAtMs: number;
  #unhelpful = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#filledAtMs = clock.monotonicNow();
  }

  /** A new token was accepted where the one before was rejected. */
  helped(): void {
    this.#unhelpful = 0;
  }

  /**
   * Counts a request.
   *
   * @param hasHelped whether the token in whose place it is was accepted for a while
   * @returns whether it may be made now
   */
  take(hasHelped: boolean): boolean {
    const nowMs = this.#clock.monotonicNow();
    return hasHelped ? this.#takeHelped(nowMs) : this.#takeOther(nowMs);
  }

  #takeHelped(nowMs: number): boolean {
    const lastMinute = this.#helpedAtMs.filter((atMs) => nowMs - atMs < 60_000);
    const isFree = lastMinute.length < helpedPerMinute;
    this.#helpedAtMs = isFree ? [...lastMinute, nowMs] : lastMinute;
    return isFree;
  }

  #takeOther(nowMs: number): boolean {
    const everyMs = this.#unhelpful < patience ? others.refillMs : 2 * others.refillMs;
    const refills = Math.floor((nowMs - this.#filledAtMs) / everyMs);
    const left = Math.min(others.size, this.#left + refills);
    // A full one begins to fill when something is taken.
    this.#filledAtMs = left === others.size ? nowMs : this.#filledAtMs + refills * everyMs;
    this.#left = Math.max(0, left - 1);
    if (left === 0) return false;
    this.#unhelpful++;
    return true;
  }
}
