import { FakeClock } from '@worker-auth/testing-fakes';
import { beforeEach, describe, expect, it } from 'vitest';
import { TokenBudget } from '../src/token-budget.ts';

let clock: FakeClock;
let budget: TokenBudget;

beforeEach(() => {
  clock = new FakeClock();
  budget = new TokenBudget(clock);
});

/** The seconds at which a request may be made, of whoever asks each second. */
async function secondsOf(
  rejectedAs: 'revoked' | 'denied' | undefined,
  seconds: number,
): Promise<readonly number[]> {
  const taken: number[] = [];
  for (let second = 0; second <= seconds; second++) {
    if (budget.draw(rejectedAs) === 0) taken.push(second);
    await clock.advance(1_000);
  }
  return taken;
}

describe('requests for tokens that help nobody', () => {
  it('are three at once, then one in 30 s, and later one a minute', async () => {
    expect([1, 2, 3, 4].map(() => budget.draw())).toEqual([0, 0, 0, 30_000]);
    expect(await secondsOf(undefined, 250)).toEqual([30, 60, 120, 180, 240]);
  });

  it('are one in 30 s again once a new token was accepted for a while, and is rejected', async () => {
    expect(await secondsOf(undefined, 130)).toEqual([0, 1, 2, 30, 60, 120]);
    budget.draw('revoked');
    expect(await secondsOf(undefined, 60)).toEqual([19, 49]);
  });

  it('are one in 30 s again once nobody has asked for a minute', async () => {
    await secondsOf(undefined, 130);
    await clock.advance(59_000);
    expect(await secondsOf(undefined, 60)).toEqual([0, 1, 20, 50]);
  });

  it('are three again after a long time, and no more', async () => {
    await secondsOf(undefined, 10);
    await clock.advance(3_600_000);
    expect([1, 2, 3, 4].map(() => budget.draw())).toEqual([0, 0, 0, 30_000]);
  });
});

describe('requests in place of tokens that have helped', () => {
  it('are twelve in any minute', async () => {
    expect(await secondsOf('revoked', 59)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(await secondsOf('revoked', 11)).toHaveLength(12);
    expect(budget.draw('revoked')).toBe(48_000);
  });

  it('are made whatever others have taken', async () => {
    await secondsOf(undefined, 10);
    expect(budget.draw('revoked')).toBe(0);
  });
});

describe('where tokens are counted by the month', () => {
  beforeEach(() => {
    budget = new TokenBudget(clock, true);
  });

  it('requests are three at once, then one in 12 hours, and later one a day', async () => {
    expect([1, 2, 3, 4].map(() => budget.draw())).toEqual([0, 0, 0, 12 * 3_600_000]);
    const hours: number[] = [];
    for (let hour = 1; hour <= 96; hour++) {
      await clock.advance(3_600_000);
      if (budget.draw() === 0) hours.push(hour);
    }
    expect(hours).toEqual([12, 24, 48, 72, 96]);
  });

  it('none is made for a missing permission', () => {
    expect([budget.draw('denied'), budget.draw('revoked'), budget.draw()]).toEqual([Infinity, 0, 0]);
  });
});
