import { type Clock, handled } from '@worker-auth/internal';
import { Emitter } from '@worker-auth/refresh-scheduler';
import type { TokenSource } from '@worker-auth/token-manager';
import { TokenBudget } from './token-budget.ts';

/** First wait before a rejected new token is tried again on a connection, in ms. Doubles each time. */
export const retryMs = { first: 500, max: 4_000 };

/** First wait after a replacement that did not help, in ms. Doubles with each more in a row. */
const failedMs = { first: 1_000, max: 60_000 };

/** Age at which a rejected token that Temporal never accepted is replaced, in ms. Doubles with each more. Clocks and key sets lag. */
const newMs = { first: 10_000, max: 300_000 };

/** How long a frontend that rejects an accepted token, and accepts the one before, is believed to have an old key set, in ms. */
export const lagMs = 30_000;

/** So long a request for another token is waited for, in ms; then one is made beside it. A source of somebody else's may never answer. */
export const pendingMs = 30_000;

/** A token that was accepted for calls of one purpose, and is rejected there after so long, has helped, in ms. */
const helpedMs = 4_000;

/** Number of accepted tokens remembered. */
const maxAccepted = 8;

/** Tokens that age at the same time: enough for new ones to age beside each other for five minutes. */
export const maxAgeing = 5;

/** The purpose of the calls of a namespace's workers. */
export function workersOf(namespace: string): string {
  return `workers of ${namespace}`;
}

/**
 * Replaces tokens that Temporal rejects, for all connections of a token source: one that was accepted before at once, one that is new after a
 * while. A call that lacks a permission is rejected with every token, so replacements that did not help calls of the same purpose are counted,
 * and come less and less often.
 */
export class TokenReplacement {
  readonly tokens: TokenSource;
  readonly clock: Clock;
  readonly #emitter = new Emitter<{ rejected: string }>();
  readonly #budget: TokenBudget;
  /** The token that the calls of each purpose were accepted with last, and since when. */
  readonly #acceptedFor = new Map<string, { readonly token: string; readonly atMs: number }>();
  /** Of the calls of each purpose: the token that replaced a rejected one last, and how many in a row did not help. */
  readonly #histories = new Map<string, { given: string; atMs: number; failures: number }>();
  /** Newest first. */
  #accepted: readonly { readonly token: string; readonly atMs: number }[] = [];
  /** Rejected and never accepted, oldest first. */
  #ageing: readonly string[] = [];
  /** Since a token was accepted. */
  #waiting: { askAtMs: number; waitMs: number } | undefined;
  #pending:
    { readonly rejected: string; readonly another: Promise<string>; readonly atMs: number } | undefined;

  constructor(tokens: TokenSource, clock: Clock) {
    this.tokens = tokens;
    this.clock = clock;
    this.#budget = new TokenBudget(clock);
  }

  /** Returns the function that ends this. */
  onRejected(listener: (token: string) => void): () => void {
    return this.#emitter.on('rejected', listener);
  }

  isAccepted(token: string): boolean {
    return this.#accepted.some((one) => one.token === token);
  }

  /** On any connection. */
  get lastAccepted(): string | undefined {
    return this.#accepted[0]?.token;
  }

  /** Before that one, or before several that came within half a minute: what a frontend whose key set lags still accepts. */
  get acceptedBefore(): string | undefined {
    const [, ...older] = this.#accepted;
    const proven = older.find(({ atMs }, index) => (this.#accepted[index]?.atMs ?? 0) - atMs >= lagMs);
    return (proven ?? older.at(-1))?.token;
  }

  /** Another token that may be accepted where clocks or key sets lag. */
  besides(tried: readonly string[]): string | undefined {
    const known = [this.lastAccepted, this.acceptedBefore, ...this.#ageing];
    return known.find((token) => token !== undefined && !tried.includes(token));
  }

  accepted(token: string, purpose: string): void {
    if (this.#histories.size > 0 && this.#histories.delete(purpose)) this.#budget.helped();
    const isSame = this.#acceptedFor.get(purpose)?.token === token;
    if (isSame && this.isAccepted(token)) return;
    const atMs = this.clock.monotonicNow();
    if (!isSame) this.#acceptedFor.set(purpose, { token, atMs });
    if (this.isAccepted(token)) return;
    this.#accepted = [{ token, atMs }, ...this.#accepted].slice(0, maxAccepted);
    this.#ageing = [];
    this.#waiting = undefined;
  }

  /** Another token, the current one or a new one; `undefined` when it is too early to ask for one. */
  rejected(token: string, purpose: string): Promise<string> | undefined {
    this.#emitter.emit('rejected', token);
    if (!this.isAccepted(token) && !this.#ageing.includes(token))
      this.#ageing = [...this.#ageing, token].slice(-maxAgeing);
    const current = this.tokens.peek();
    if (current !== undefined && current !== token) return Promise.resolve(current);
    const [pending, atMs] = [this.#pending, this.clock.monotonicNow()];
    if (pending?.rejected === token && atMs - pending.atMs < pendingMs) return pending.another;
    if (this.isAccepted(token) ? this.#isTooOften(token, purpose) : this.#isTooNew()) return undefined;
    if (!this.#budget.take(this.#hasHelped(token, purpose, atMs))) return undefined;
    const replacing = this.#replace(token, purpose).finally(() => {
      if (this.#pending?.another === another) this.#pending = undefined;
    });
    const another = handled(replacing);
    this.#pending = { rejected: token, another, atMs };
    return another;
  }

  #isTooOften(token: string, purpose: string): boolean {
    const history = this.#histories.get(purpose);
    if (history === undefined) return false;
    if (history.given === token) {
      history.given = '';
      history.failures++;
    }
    const waitMs = Math.min(failedMs.max, failedMs.first * 2 ** (history.failures - 1));
    return history.failures > 0 && this.clock.monotonicNow() - history.atMs < waitMs;
  }

  #hasHelped(token: string, purpose: string, nowMs: number): boolean {
    const accepted = this.#acceptedFor.get(purpose);
    return accepted?.token === token && nowMs - accepted.atMs >= helpedMs;
  }

  #isTooNew(): boolean {
    const nowMs = this.clock.monotonicNow();
    this.#waiting ??= { askAtMs: nowMs + newMs.first, waitMs: newMs.first };
    if (nowMs < this.#waiting.askAtMs) return true;
    const waitMs = Math.min(newMs.max, this.#waiting.waitMs * 2);
    this.#waiting = { askAtMs: nowMs + waitMs, waitMs };
    return false;
  }

  async #replace(rejected: string, purpose: string): Promise<string> {
    const given = await this.tokens.getToken({ rejectedToken: rejected });
    // A request that failed is for the source to repeat.
    const { failures = 0 } = this.#histories.get(purpose) ?? {};
    this.#histories.set(purpose, { given, failures, atMs: this.clock.monotonicNow() });
    return given;
  }
}
