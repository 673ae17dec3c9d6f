import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { type Clock, elapsedMs, readInstant } from '../src/index.ts';

describe('elapsedMs', () => {
  it('follows both clocks when they agree', async () => {
    const clock = new FakeClock();
    const since = readInstant(clock satisfies Clock);
    await clock.advance(1_500);
    expect(elapsedMs(clock, since)).toBe(1_500);
  });

  it('counts the time a suspended host slept, which the monotonic clock misses', () => {
    const clock = new FakeClock();
    const since = readInstant(clock);
    clock.suspend(3_600_000);
    expect(elapsedMs(clock, since)).toBe(3_600_000);
  });

  it('ignores a wall clock that stepped back', async () => {
    const clock = new FakeClock();
    const since = readInstant(clock);
    await clock.advance(2_000);
    clock.stepWall(-3_600_000);
    expect(elapsedMs(clock, since)).toBe(2_000);
  });
});
