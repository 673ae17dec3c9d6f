import type { GetTokenOptions, TokenBudget } from '@worker-auth/internal';

/** A token that was there for so long before anybody rejected it has served, in ms. */
const servedMs = 4_000;

/**
 * Counts the tokens that somebody rejected, and pays for others in their place: one draw from the budget for each token that comes, however many
 * attempts and callers there are until then.
 */
export class RejectedTokens {
  readonly #budget: TokenBudget | undefined;
  #isDrawn = false;
  #isEarly = false;
  /** What the current token was when it was rejected first, by its age. */
  #rejectedAs: GetTokenOptions['rejectedAs'];
  earlyInARow = 0;

  /** @param budget `undefined`: other tokens cost nobody anything */
  constructor(budget: TokenBudget | undefined) {
    this.#budget = budget;
  }

  /** Milliseconds until another token may be requested in place of a good one; 0 when the request is paid for. */
  draw(rejectedAs?: GetTokenOptions['rejectedAs']): number {
    if (this.#budget === undefined || this.#isDrawn) return 0;
    const waitMs = this.#budget.draw(rejectedAs);
    this.#isDrawn = waitMs === 0;
    return waitMs;
  }

  /** What a caller who does not know more rejects the current token as, which is so old, in ms. */
  byAge(ageMs: number): GetTokenOptions['rejectedAs'] {
    return (this.#rejectedAs ??= ageMs < servedMs ? 'new' : 'revoked');
  }

  /** The current token was rejected with more than half of its life left. */
  rejectEarly(): void {
    this.#isEarly = true;
  }

  /** An attempt brought a token: the next request is another one. */
  endRequest(): void {
    this.#isDrawn = false;
  }

  /**
   * The current token was replaced.
   *
   * @returns how many tokens in a row were rejected early, the replaced one among them
   */
  replace(): number {
    this.earlyInARow = this.#isEarly ? this.earlyInARow + 1 : 0;
    this.#isEarly = false;
    this.#rejectedAs = undefined;
    return this.earlyInARow;
  }
}
