import type { Clock, GetTokenOptions } from '@worker-auth/ports';

/** Requests in place of tokens that had been accepted for a while, in any minute, where they cost nothing: enough for a server that revokes each after 5 s. */
const revokedPerMinute = 12;

/** All other requests that may be made at once. */
const size = 3;

/** After so many of these that did not help, each wait is twice as long. */
const patience = 5;

/** The message to a caller who rejects a token when no request is left for another one. */
export const budgetSpent =
  'No other token is requested now, since new ones were rejected as well. Check why the server rejects them: issuer, audience, keys, permissions';

/** After how long the next of these may be made, in ms. */
const refillMs = { free: 30_000, metered: 12 * 60 * 60 * 1_000 };

/**
 * Limits requests for other tokens than a good one, whatever rejects that. Refreshes, first tokens and those in place of expired ones need none of it.
 * Time alone gives requests back.
 */
export class TokenBudget {
  readonly #clock: Clock;
  readonly #isMetered: boolean;
  /** Of the last ones in place of revoked tokens. */
  #revokedAtMs: readonly number[] = [];
  #left = size;
  #filledAtMs: number;
  #unhelpful = 0;
  #askedAtMs = -Infinity;

  /** @param isMetered whether tokens are counted by the month: then all reasons share one bucket */
  constructor(clock: Clock, isMetered = false) {
    this.#clock = clock;
    this.#isMetered = isMetered;
    this.#filledAtMs = clock.monotonicNow();
  }

  /**
   * Counts a request, if it may be made now.
   *
   * @returns milliseconds until it may be made; 0: now. Infinite when it is not worth one: the next refresh brings a permission that was granted.
   */
  draw(rejectedAs?: GetTokenOptions['rejectedAs']): number {
    const nowMs = this.#clock.monotonicNow();
    if (this.#isMetered) return rejectedAs === 'denied' ? Infinity : this.#drawOther(nowMs);
    return rejectedAs === 'revoked' ? this.#drawRevoked(nowMs) : this.#drawOther(nowMs);
  }

  #drawRevoked(nowMs: number): number {
    this.#unhelpful = 0;
    const lastMinute = this.#revokedAtMs.filter((atMs) => nowMs - atMs < 60_000);
    const [oldestMs = nowMs] = lastMinute;
    if (lastMinute.length >= revokedPerMinute) return oldestMs + 60_000 - nowMs;
    this.#revokedAtMs = [...lastMinute, nowMs];
    return 0;
  }

  #drawOther(nowMs: number): number {
    const firstMs = refillMs[this.#isMetered ? 'metered' : 'free'];
    // The last token was good for a while.
    if (!this.#isMetered && nowMs - this.#askedAtMs >= 2 * firstMs) this.#unhelpful = 0;
    this.#askedAtMs = nowMs;
    const everyMs = this.#unhelpful < patience ? firstMs : 2 * firstMs;
    const refills = Math.floor((nowMs - this.#filledAtMs) / everyMs);
    const left = Math.min(size, this.#left + refills);
    // A full one begins to fill when something is taken.
    this.#filledAtMs = left === size ? nowMs : this.#filledAtMs + refills * everyMs;
    this.#left = Math.max(0, left - 1);
    if (left === 0) return this.#filledAtMs + everyMs - nowMs;
    this.#unhelpful++;
    return 0;
  }
}
