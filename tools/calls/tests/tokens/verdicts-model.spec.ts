import { TokenBudget } from '@worker-auth/internal';
import { FakeClock } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { ByToken, type Everywhere } from '../../src/tokens/learnt.ts';
import { ConnectionVerdicts } from '../../src/tokens/token-replacement.ts';
import type { ScopeVerdicts } from '../../src/tokens/verdicts.ts';
import { Seeded, worldSeeds } from '../support/seeded.ts';

// Worlds of servers, tokens, scopes and calls that are answered late, each drawn from a seed. The laws are held at each call.

interface ModelToken {
  readonly name: string;
  readonly fromMs: number;
  readonly endMs: number;
  /** From when each server accepts it. */
  readonly knownMs: readonly number[];
  readonly revokedMs: number;
}

interface ModelScope {
  readonly of: ScopeVerdicts;
  /** The one that its connection leads to; `undefined`: any, at each call. */
  readonly server: number | undefined;
  /** When it loses its permission. */
  readonly grantedToMs: number;
  /** By the call that was sent last. */
  accepted: string | undefined;
  answeredMs: number;
  /** Of a token that is newer than the accepted one. */
  trial: { readonly name: string; times: number; readonly fromMs: number };
}

interface ModelCall {
  readonly scope: ModelScope;
  readonly tried: string[];
  sentMs: number;
  answerMs: number;
  isAccepted: boolean;
}

class ModelWorld {
  sends = 0;
  asked: number[] = [];
  readonly #random: Seeded;
  readonly #budget: TokenBudget;
  readonly #servers: number;
  readonly #lagMs: number;
  readonly #lifeMs: number;
  readonly #deadShare: number;
  readonly #revokedShare: number;
  readonly #tokens: ModelToken[] = [];
  readonly #scopes: readonly ModelScope[];
  #calls: ModelCall[] = [];
  #nowMs = 0;

  constructor(seed: number) {
    this.#random = new Seeded(seed);
    const clock = new FakeClock();
    clock.monotonicNow = () => this.#nowMs;
    this.#budget = new TokenBudget(clock);
    this.#servers = this.#random.isLikely(0.5) ? 1 : 2;
    this.#lagMs = this.#random.isLikely(0.3) ? this.#random.between(0, 60_000) : 0;
    this.#lifeMs = this.#random.between(20_000, 600_000);
    this.#deadShare = this.#random.between(0, 0.3);
    this.#revokedShare = this.#random.between(0, 0.5);
    this.#issue();
    const everywhere: Everywhere = { acceptedAnywhereMs: new ByToken(), rejectedAnywhereMs: new ByToken() };
    this.#scopes = Array.from({ length: 3 }, () => {
      const connection = new ConnectionVerdicts(everywhere);
      const server = this.#random.isLikely(0.5)
        ? Math.floor(this.#random.between(0, this.#servers))
        : undefined;
      return Array.from({ length: 3 }, (_, index): ModelScope => ({
        of: connection.scope(this.#random.isLikely(0.7) ? 'a' : 'b', `method-${index}`),
        server,
        grantedToMs: this.#random.isLikely(0.8)
          ? Infinity
          : this.#random.isLikely(0.5)
            ? 0
            : this.#random.between(0, 600_000),
        ...{ accepted: undefined, answeredMs: -1, trial: { name: '', times: 0, fromMs: 0 } },
      }));
    }).flat();
  }

  /** Time goes on, answers come, and a call is made. */
  step(): void {
    this.#nowMs += this.#random.isLikely(0.02)
      ? this.#random.between(1_000, 20_000)
      : this.#random.between(0, 300);
    const newest = this.#tokens.at(-1);
    if (newest !== undefined && this.#nowMs - newest.fromMs > 0.8 * this.#lifeMs) this.#issue();
    const answered = this.#calls.filter(({ answerMs }) => answerMs <= this.#nowMs);
    this.#calls = this.#calls.filter(({ answerMs }) => answerMs > this.#nowMs);
    for (const call of answered) this.#answer(call);
    const scope = this.#scopes[Math.floor(this.#random.between(0, this.#scopes.length))] as ModelScope;
    const tokens = this.#known();
    const name = scope.of.next(tokens, this.#nowMs);
    scope.of.sent(name, tokens, this.#nowMs);
    if (scope.accepted !== undefined && tokens.valid.includes(scope.accepted))
      this.#keepsWhatItAccepts(scope, name);
    this.#send({ scope, tried: [], sentMs: 0, answerMs: 0, isAccepted: false }, name);
  }

  /** Unless one that is newer is tried: each half second, and once more when another scope accepts it. */
  #keepsWhatItAccepts(scope: ModelScope, name: string): void {
    const isNewer = numberOf(name) > numberOf(scope.accepted ?? '');
    if (!isNewer || scope.of.accepts(name)) return;
    if (scope.trial.name !== name) scope.trial = { name, times: 0, fromMs: this.#nowMs };
    if (++scope.trial.times > 2 + (this.#nowMs - scope.trial.fromMs) / 500)
      throw new Error(`${name} is tried too often`);
  }

  #send(call: ModelCall, name: string): void {
    this.sends++;
    call.tried.push(name);
    if (call.tried.length > 3) throw new Error('A call is sent more than three times');
    if (!this.#known().valid.includes(name)) throw new Error(`${name} is over, and others are not`);
    const server = call.scope.server ?? Math.floor(this.#random.between(0, this.#servers));
    call.isAccepted = this.#isGood(name, call.scope, server);
    call.sentMs = this.#nowMs;
    call.answerMs =
      this.#nowMs +
      (this.#random.isLikely(0.05) ? this.#random.between(1_000, 20_000) : this.#random.between(1, 50));
    this.#calls.push(call);
  }

  #answer(call: ModelCall): void {
    const { scope, tried, sentMs } = call;
    const name = tried.at(-1) ?? '';
    const isNews = sentMs >= scope.answeredMs;
    if (isNews) scope.answeredMs = sentMs;
    if (call.isAccepted) {
      scope.of.accepted(name, sentMs, this.#nowMs);
      if (isNews) scope.accepted = name;
      return;
    }
    const before = scope.accepted;
    if (isNews && name === before) scope.accepted = undefined;
    const hasHelped = scope.of.rejected(tried, sentMs, this.#known(), this.#nowMs);
    if (hasHelped !== undefined && this.#budget.draw(hasHelped ? 'revoked' : undefined) === 0) {
      scope.of.asked(this.#nowMs);
      this.asked.push(this.#nowMs);
      this.#issue();
    }
    const again = scope.of.again(tried, this.#known(), this.#nowMs);
    if (again !== undefined) {
      this.#send(call, again);
      return;
    }
    const { server, accepted } = scope;
    const isLost =
      accepted !== undefined &&
      accepted === before &&
      server !== undefined &&
      this.#isGood(accepted, scope, server);
    // Where it accepted that before the call was sent last.
    if (isLost && !tried.includes(accepted) && scope.answeredMs < sentMs)
      throw new Error(`A call failed without ${accepted}, which its scope accepts`);
  }

  #isGood(name: string, { grantedToMs }: ModelScope, server: number): boolean {
    const { knownMs, revokedMs, endMs } = this.#tokens[numberOf(name)] as ModelToken;
    const dueMs = Math.min(grantedToMs, revokedMs, endMs);
    return this.#nowMs >= (knownMs[server] ?? 0) && this.#nowMs < dueMs;
  }

  #issue(): void {
    const isDead = this.#random.isLikely(this.#deadShare);
    const [fromMs, lifeMs] = [this.#nowMs, this.#lifeMs];
    this.#tokens.push({
      ...{ name: `t${this.#tokens.length}`, fromMs, endMs: fromMs + lifeMs },
      knownMs: Array.from({ length: this.#servers }, () =>
        isDead ? Infinity : fromMs + (this.#random.isLikely(0.5) ? this.#random.between(0, this.#lagMs) : 0),
      ),
      revokedMs: this.#random.isLikely(this.#revokedShare)
        ? fromMs + this.#random.between(0, lifeMs)
        : Infinity,
    });
  }

  /** The newest is refreshed before it is over. */
  #known(): { readonly valid: readonly string[]; readonly newest: string } {
    const names = this.#tokens.slice(-60).filter(({ endMs }) => endMs > this.#nowMs);
    if (names.length === 0) this.#issue();
    const valid = names.length === 0 ? this.#tokens.slice(-1) : names;
    return { valid: valid.map(({ name }) => name), newest: valid.at(-1)?.name ?? '' };
  }
}

function numberOf(name: string): number {
  return Number(name.slice(1));
}

it('a thousand calls in each of many worlds keep the laws', () => {
  let sends = 0;
  const seeds = worldSeeds(1_000);
  for (const seed of seeds) {
    const world = new ModelWorld(seed);
    for (let call = 0; call < 1_000; call++) world.step();
    sends += world.sends;
    const inMinute = world.asked.map(
      (fromMs) => world.asked.filter((atMs) => atMs >= fromMs && atMs < fromMs + 60_000).length,
    );
    expect(Math.max(0, ...inMinute)).toBeLessThanOrEqual(12 + 5);
  }
  expect(sends).toBeGreaterThan(1_000 * seeds.length);
});
