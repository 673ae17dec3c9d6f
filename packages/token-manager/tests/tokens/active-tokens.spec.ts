import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { activeTokens } from '../../src/tokens/active-tokens.ts';

describe('activeTokens', () => {
  it('lists each token until its life is over', async () => {
    const clock = new FakeClock();
    const tokens = activeTokens(clock);
    tokens.add('short', 1_000);
    tokens.add('long', 5_000);
    await clock.advance(999);
    expect(tokens.list()).toEqual(['short', 'long']);
    await clock.advance(1);
    expect(tokens.list()).toEqual(['long']);
    await clock.advance(4_000);
    expect(tokens.list()).toEqual([]);
  });

  it('lists a token that was given again once, for as long as it lives then', async () => {
    const clock = new FakeClock();
    const tokens = activeTokens(clock);
    tokens.add('token', 1_000);
    await clock.advance(500);
    tokens.add('token', 1_000);
    expect(tokens.list()).toEqual(['token']);
    await clock.advance(999);
    expect(tokens.list()).toEqual(['token']);
  });

  it('keeps the newest when there are too many', () => {
    const tokens = activeTokens(new FakeClock());
    for (let number = 1; number <= 60; number++) tokens.add(`token ${number}`, 1_000);
    expect(tokens.list()).toHaveLength(50);
    expect(tokens.list().at(-1)).toBe('token 60');
  });
});
