import { FakeClock } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { CallTokens } from '../../src/tokens/call-tokens.ts';
import { type KnownTokens, TokenReplacement } from '../../src/tokens/token-replacement.ts';
import type { ScopeVerdicts } from '../../src/tokens/verdicts.ts';
import { Seeded, worldSeeds } from '../support/seeded.ts';

// Calls of a client, some of which lack a permission, while somebody asks all the time what the verdicts are, or nobody does.

const deniedMethod = 'denied';

interface Course {
  /** Each call, and what it was sent with. */
  readonly calls: readonly string[];
  /** How each token was asked for, and when. */
  readonly requests: readonly string[];
  /** Whether the scope was denied at the end. */
  readonly isDenied: boolean;
}

async function play(seed: number, forMs: number, isObserved: boolean): Promise<Course> {
  const [random, clock] = [new Seeded(seed), new FakeClock()];
  const [calls, requests, given]: [string[], string[], string[]] = [[], [], ['token-0']];
  const tokens: KnownTokens = {
    peek: () => given.at(-1),
    getToken: ({ rejectedToken, rejectedAs } = {}) => {
      if (rejectedToken !== undefined) {
        requests.push(`${rejectedAs} ${clock.monotonicNow()}`);
        given.push(`token-${given.length}`);
      }
      return Promise.resolve(given.at(-1) ?? '');
    },
    subscribe: () => () => undefined,
    get activeTokens() {
      return given.slice(-5);
    },
  };
  const replacement = new TokenReplacement(tokens, clock);
  const callTokens = new CallTokens(replacement);
  const scopes = ['accepted', 'described', deniedMethod].map((method) => callTokens.scope('default', method));
  const [, , denied] = scopes as [ScopeVerdicts, ScopeVerdicts, ScopeVerdicts];
  const observe = (): void => {
    const { known, clock } = replacement;
    if (!isObserved || known === undefined) return;
    for (const scope of scopes)
      for (let times = 0; times < 2; times++) {
        scope.isDenied(clock.monotonicNow());
        callTokens.next(scope);
        scope.again(known.valid.slice(-1), known, clock.monotonicNow());
      }
  };
  const call = async (scope: ScopeVerdicts, tookMs: number): Promise<void> => {
    const tried: string[] = [];
    for (let token = callTokens.next(scope); token !== undefined;) {
      callTokens.sent(scope, token);
      calls.push(`${clock.monotonicNow()} ${scopes.indexOf(scope)} ${token}`);
      const sentMs = clock.monotonicNow();
      await new Promise<void>((resolve) => clock.startTimer(resolve, tookMs));
      observe();
      if (scope !== denied) {
        callTokens.accepted(scope, 'a call', token, sentMs);
        return;
      }
      tried.push(token);
      token = await callTokens.rejected(scope, tried, sentMs);
    }
  };
  for (const endMs = clock.monotonicNow() + forMs; clock.monotonicNow() < endMs;) {
    const scope = scopes[Math.floor(random.between(0, scopes.length))] ?? denied;
    const called = call(scope, random.between(1, 50));
    await clock.advance(random.between(10, 1_000) * (forMs > 60_000 ? 10 : 1));
    observe();
    // A call may last longer than that: it is not the only one then.
    void called;
  }
  await clock.advance(1_000);
  // In the moment of a rejection, as calls do.
  void call(denied, 1);
  await clock.advance(1);
  return { calls, requests, isDenied: denied.isDenied(clock.monotonicNow()) };
}

it('a permission that is missing is noticed within a minute, whoever asks', async () => {
  for (const seed of worldSeeds(40)) {
    const [course, observed] = [await play(seed, 60_000, false), await play(seed, 60_000, true)];
    expect(course.isDenied).toBe(true);
    expect(observed).toEqual(course);
  }
});

/** Not any: of one in sixteen the first two are asked for as new. A mutant meets fewer of them. */
const worlds = process.env['STRYKER_MUTATOR_WORKER'] === undefined ? 8 : 1;

it('tokens for calls without a permission are asked for as such, each ten minutes', async () => {
  for (let seed = 1; seed <= worlds; seed++) {
    const [course, observed] = [await play(seed, 7_200_000, false), await play(seed, 7_200_000, true)];
    // Until others are accepted again, the token may have been revoked.
    expect(course.requests.slice(1).filter((request) => !request.startsWith('denied '))).toEqual([]);
    expect(course.requests.length).toBeLessThanOrEqual(1 + 12);
    expect(course.requests.length).toBeGreaterThan(10);
    expect(observed).toEqual(course);
  }
});
