import { type Clock, handled } from '@worker-auth/inlined';
import { Emitter } from '@worker-auth/refresh-scheduler';
import type { TokenSource } from '@worker-auth/token-manager';

/** After a refusal that brought a token, the next may ask for one after this long, in milliseconds; twice as long after each more. */
const firstWaitMs = 1_000;

/** The longest of these waits, in milliseconds: as often may a call be told in vain that it lacks a permission. */
const longestWaitMs = 60_000;

/** Without such a refusal for this long, in milliseconds, it begins anew. */
const forgottenAfterMs = 2 * longestWaitMs;

const bySource = new WeakMap<TokenSource, RefusedTokens>();

/**
 * Gets another token in place of a refused one: one request for all who were refused with the same, and fewer and fewer while the new
 * tokens are refused too. A call that lacks a permission is refused with every token, and would have each replaced.
 */
export class RefusedTokens {
  readonly #tokens: TokenSource;
  readonly #clock: Clock;
  readonly #emitter = new Emitter<{ refused: string }>();
  #pending: { readonly refused: string; readonly another: Promise<string> } | undefined;
  /** The refresh that a refusal brought last, and the wait after it; `undefined` before the first. */
  #last: { readonly atMs: number; readonly waitMs: number } | undefined;

  /** The one of a token source: whoever uses its tokens, over however many connections, is refused with the same. */
  static of(tokens: TokenSource, clock: Clock): RefusedTokens {
    const known = bySource.get(tokens) ?? new RefusedTokens(tokens, clock);
    bySource.set(tokens, known);
    return known;
  }

  private constructor(tokens: TokenSource, clock: Clock) {
    this.#tokens = tokens;
    this.#clock = clock;
  }

  /** A call was refused with this token. */
  report(refused: string): void {
    this.#emitter.emit('refused', refused);
  }

  /** Calls `listener` with each token that is reported. Returns the function that ends this. */
  onRefused(listener: (token: string) => void): () => void {
    return this.#emitter.on('refused', listener);
  }

  /**
   * A token that is not `refused`: the one that everybody has by now, or a new one. `undefined` when it is too early to ask for one.
   * Rejects when none can be had.
   */
  another(refused: string): Promise<string> | undefined {
    const current = this.#tokens.peek();
    if (current !== undefined && current !== refused) return Promise.resolve(current);
    if (this.#pending?.refused === refused) return this.#pending.another;
    if (this.#isTooEarly()) return undefined;
    const pending = { refused, another: handled(this.#refresh(refused)) };
    this.#pending = pending;
    return pending.another;
  }

  #isTooEarly(): boolean {
    return this.#last !== undefined && this.#clock.monotonicNow() - this.#last.atMs < this.#last.waitMs;
  }

  async #refresh(refused: string): Promise<string> {
    try {
      const another = await this.#tokens.getToken({ rejectedToken: refused });
      // A request that failed is for the source to repeat or to wait with.
      this.#last = { atMs: this.#clock.monotonicNow(), waitMs: this.#nextWaitMs() };
      return another;
    } finally {
      this.#pending = undefined;
    }
  }

  #nextWaitMs(): number {
    if (this.#last === undefined) return firstWaitMs;
    const { atMs, waitMs } = this.#last;
    if (this.#clock.monotonicNow() - atMs >= forgottenAfterMs) return firstWaitMs;
    return Math.min(waitMs * 2, longestWaitMs);
  }
}
