import { FakeClock } from '@worker-auth/testing-fakes';
import { beforeEach, describe, expect, it } from 'vitest';
import { TokenBudget } from '../../src/tokens/token-budget.ts';

let clock: FakeClock;
let budget: TokenBudget;

beforeEach(() => {
  clock = new FakeClock();
  budget = new TokenBudget(clock);
});

/** The seconds at which a request may be made, of whoever asks each second. */
async function secondsOf(hasHelped: boolean, seconds: number): Promise<readonly number[]> {
  const taken: number[] = [];
  for (let second = 0; second <= seconds; second++) {
    if (budget.take(hasHelped)) taken.push(second);
    await clock.advance(1_000);
  }
  return taken;
}

describe('requests for tokens that help nobody', () => {
  it('are three at once, then one in 30 s, and later one a minute', async () => {
    expect([1, 2, 3, 4].map(() => budget.take(false))).toEqual([true, true, true, false]);
    expect(await secondsOf(false, 250)).toEqual([30, 60, 120, 180, 240]);
  });

  it('are one in 30 s again once a new token has helped', async () => {
    expect(await secondsOf(false, 130)).toEqual([0, 1, 2, 30, 60, 120]);
    budget.helped();
    expect(await secondsOf(false, 60)).toEqual([19, 49]);
  });

  it('are three again after a long time, and no more', async () => {
    await secondsOf(false, 10);
    await clock.advance(3_600_000);
    expect([1, 2, 3, 4].map(() => budget.take(false))).toEqual([true, true, true, false]);
  });
});

describe('requests in place of tokens that have helped', () => {
  it('are twelve in any minute', async () => {
    expect(await secondsOf(true, 59)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(await secondsOf(true, 12)).toHaveLength(12);
  });

  it('are made whatever others have taken', async () => {
    await secondsOf(false, 10);
    expect(budget.take(true)).toBe(true);
  });
});
