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
async function secondsOf(seconds: number): Promise<readonly number[]> {
  const taken: number[] = [];
  for (let second = 0; second <= seconds; second++) {
    if (budget.draw() === 0) taken.push(second);
    await clock.advance(1_000);
  }
  return taken;
}

describe('requests for tokens that help nobody', () => {
  it('are one in 30 s again once a new token was accepted for a while, and is rejected', async () => {
    expect(await secondsOf(130)).toEqual([0, 1, 2, 30, 60, 120]);
    budget.draw('revoked');
    expect(await secondsOf(60)).toEqual([19, 49]);
  });

  it('are one in 30 s again once nobody has asked for a minute', async () => {
    await secondsOf(130);
    await clock.advance(59_000);
    expect(await secondsOf(60)).toEqual([0, 1, 20, 50]);
  });

  it('are three again after a long time, and no more', async () => {
    await secondsOf(10);
    await clock.advance(3_600_000);
    expect([1, 2, 3, 4].map(() => budget.draw())).toEqual([0, 0, 0, 30_000]);
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

  const always = (): boolean => true;
  const day = 24;

  it.each<readonly [string, readonly ('revoked' | undefined)[], (hour: number) => boolean]>([
    ['revoked tokens', ['revoked'], always],
    ['other tokens', [undefined], always],
    ['both', [undefined, 'revoked'], always],
    ['both every other day', ['revoked', undefined], (hour) => hour % (2 * day) < day],
    ['other tokens twice a day, and then none', [undefined], (hour) => hour % (2 * day) < 2],
  ])('requests are at most 34 in 30 days, for %s', async (_name, reasons, isAsked) => {
    let taken = 0;
    for (let hour = 0; hour < 30 * day; hour++) {
      for (const reason of isAsked(hour) ? [...reasons, ...reasons, ...reasons] : []) {
        if (budget.draw(reason) === 0) taken++;
      }
      await clock.advance(3_600_000);
    }
    expect(taken).toBeLessThanOrEqual(34);
    expect(taken).toBeGreaterThan(10);
  });
});
