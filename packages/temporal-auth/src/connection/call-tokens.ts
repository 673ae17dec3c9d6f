import type { InterceptorOptions } from '@grpc/grpc-js';
import { handled } from '@worker-auth/internal';
import { lagMs, maxAgeing, retryMs, type TokenReplacement } from '../tokens/token-replacement.ts';

/** How often calls let the source see whether its token is due, in ms: asking at each call would cost more than the call's token. */
const renewalMs = 500;

/** With another token, and with the one that was accepted before. */
const maxRepetitions = 2;

/** How often a call is repeated with the same token while that is accepted and rejected by turns. */
const maxTurns = 4;

/** How soon after it replaced a rejected token one is rejected behind a balancer, which chooses a frontend for each call, in ms. Later it was revoked. */
const balancedMs = 5_000;

/**
 * Decides which token each call of one client connection carries. A new token is rejected at first where clocks or key sets lag: until it is
 * accepted, calls carry the one that was accepted before.
 */
export class CallTokens {
  /** Tokens that each call was rejected with. Calls are known by their options: Temporal's retries give each attempt of a call the same. */
  readonly tried = new WeakMap<InterceptorOptions, readonly string[]>();
  readonly replacement: TokenReplacement;
  #accepted: string | undefined;
  /** A call was rejected with it since. */
  #isDoubted = false;
  /** Accepted before that one: for a frontend whose key set lags. */
  #before: string | undefined;
  /** Until when no other token is asked for where that one helps. */
  #lagsUntilMs = -Infinity;
  /** Rejected and never accepted on this connection, oldest first. */
  #onTrial: readonly { readonly token: string; retryAtMs: number; waitMs: number }[] = [];
  /** Until when one that takes the place of a rejected one is tried once more before another is asked for. */
  #againUntilMs = -Infinity;
  #nextRenewalMs = -Infinity;
  /**
   * The token that calls of each purpose were accepted with last, and when; and when it was accepted last after a rejection, as where a
   * balancer chooses a frontend for each call and one has an old key set.
   */
  readonly #turns = new Map<
    string,
    { token: string; atMs: number; isRejected: boolean; byTurnsMs: number }
  >();

  constructor(replacement: TokenReplacement) {
    this.replacement = replacement;
  }

  /** The token for a call that is sent now; `undefined` while there is no valid one. It is renewed behind the calls when that is due. */
  next(): string | undefined {
    const { tokens, clock } = this.replacement;
    const newest = tokens.peek();
    if (newest === undefined) return undefined;
    const nowMs = clock.monotonicNow();
    if (nowMs >= this.#nextRenewalMs) {
      this.#nextRenewalMs = nowMs + renewalMs;
      void handled(tokens.getToken());
    }
    const trial = this.#onTrial.find(({ token }) => token === newest);
    if (trial === undefined) return newest;
    if (this.#accepted === undefined) return this.#onTrial[0]?.token;
    if (nowMs < trial.retryAtMs) return this.#accepted;
    trial.retryAtMs = nowMs + trial.waitMs;
    return newest;
  }

  accepted(token: string, purpose: string): void {
    this.replacement.accepted(token, purpose);
    this.#takeTurn(token, purpose);
    if (token === this.#accepted) return;
    const nowMs = this.replacement.clock.monotonicNow();
    if (token === this.#before && this.#isDoubted) this.#lagsUntilMs = nowMs + lagMs;
    const index = this.#onTrial.findIndex((trial) => trial.token === token);
    // An answer that comes late may be about an older one.
    if (index < 0 && this.#accepted !== undefined && token !== this.replacement.tokens.peek()) return;
    if (this.#isDoubted) this.#againUntilMs = nowMs + balancedMs;
    else this.#before = this.replacement.acceptedBefore;
    this.#accepted = token;
    this.#isDoubted = false;
    this.#onTrial = this.#onTrial.slice(index + 1);
  }

  /** A call was rejected with the token, the last of `tried`. Returns the token to repeat it with; `undefined` when there is none. */
  rejected(
    token: string,
    purpose: string,
    tried: readonly string[],
  ): Promise<string | undefined> | undefined {
    const turn = this.#turns.get(purpose);
    const lagsFromMs = this.replacement.clock.monotonicNow() - lagMs;
    const times = tried.filter((one) => one === turn?.token).length;
    if (turn?.token === token) turn.isRejected = true;
    if (turn !== undefined && turn.byTurnsMs > lagsFromMs && times <= maxTurns) {
      const isNew = tried.length === 1 && !this.replacement.isAccepted(token);
      return Promise.resolve(isNew ? token : turn.token);
    }
    const again = turn !== undefined && turn.atMs > lagsFromMs && times === 1 ? turn.token : undefined;
    const another = this.#another(token, purpose, tried, again);
    if (another === undefined || new Set(tried).size > maxRepetitions)
      return again === undefined ? again : Promise.resolve(again);
    return another.then(
      (found) => (tried.includes(found) ? again : found),
      () => again,
    );
  }

  #another(
    token: string,
    purpose: string,
    tried: readonly string[],
    again: string | undefined,
  ): Promise<string> | undefined {
    const nowMs = this.replacement.clock.monotonicNow();
    const isAccepted = token === this.#accepted;
    const isBefore = token === this.#before;
    if (isAccepted) {
      this.#isDoubted = true;
      if (this.#before !== undefined && nowMs < this.#lagsUntilMs) return Promise.resolve(this.#before);
      if (token === again && nowMs < this.#againUntilMs) return Promise.resolve(token);
    } else if (isBefore) this.#before = undefined;
    else {
      this.#doubt(token);
      const good = this.#accepted ?? this.replacement.lastAccepted;
      // Another one would have to age in its turn.
      if (good !== undefined && !tried.includes(good)) return Promise.resolve(good);
    }
    const newest = this.replacement.tokens.peek();
    const replaced = this.replacement.rejected((isBefore ? this.#accepted : token) ?? token, purpose);
    const isNews = replaced !== undefined && (newest === token || !tried.includes(newest ?? ''));
    if (this.replacement.isAccepted(token) && isNews) return replaced;
    const known = [this.#accepted, this.#before, ...this.#onTrial.map((trial) => trial.token).reverse()];
    const own = known.find((one) => one !== undefined && !tried.includes(one));
    // What other connections have learnt: this one may lead to a frontend that lags.
    const other = own ?? this.replacement.besides(tried);
    return other === undefined ? replaced : Promise.resolve(other);
  }

  #takeTurn(token: string, purpose: string): void {
    const before = this.#turns.get(purpose);
    const atMs = this.replacement.clock.monotonicNow();
    const isByTurns = before?.isRejected === true && before.token === token;
    const byTurnsMs = isByTurns ? atMs : (before?.byTurnsMs ?? -Infinity);
    this.#turns.set(purpose, { token, atMs, isRejected: false, byTurnsMs });
  }

  #doubt(token: string): void {
    const nowMs = this.replacement.clock.monotonicNow();
    const known = this.#onTrial.find((trial) => trial.token === token);
    if (known === undefined) {
      const waitMs = retryMs.first;
      this.#onTrial = [...this.#onTrial, { token, waitMs, retryAtMs: nowMs + waitMs }].slice(-maxAgeing);
    } else {
      known.waitMs = Math.min(retryMs.max, known.waitMs * 2);
      known.retryAtMs = nowMs + known.waitMs;
    }
  }
}
