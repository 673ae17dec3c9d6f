import { AsyncLocalStorage } from 'node:async_hooks';
import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '@worker-auth/internal';
import { StepTimer, timerStepMs } from '../src/step-timer.ts';

function setUp(): { clock: FakeClock; timer: StepTimer; rings: number[] } {
  const clock = new FakeClock({ monotonicMs: 0 });
  const rings: number[] = [];
  const onRing = (): void => {
    rings.push(clock.monotonicNow());
  };
  return { clock, timer: new StepTimer(onRing, clock), rings };
}

describe('StepTimer', () => {
  it.each([0, 1, timerStepMs - 1, timerStepMs, timerStepMs + 1, 1_800_000, 2 ** 31])(
    'rings once after %d ms',
    async (waitMs) => {
      const { clock, timer, rings } = setUp();
      timer.set(waitMs, false);
      if (waitMs > 0) await clock.advance(waitMs - 1);
      expect(rings).toEqual([]);
      await clock.advance(1);
      await clock.advance(3 * timerStepMs);
      expect(rings).toEqual([waitMs]);
      expect(clock.pendingTimers).toBe(0);
    },
    30_000,
  );

  it('rings at the next whole millisecond', async () => {
    const { clock, timer, rings } = setUp();
    timer.set(10.2, false);
    await clock.advance(100);
    expect(rings).toEqual([11]);
  });

  it('rings at once when the moment has passed', async () => {
    const { clock, timer, rings } = setUp();
    timer.set(-5, false);
    await clock.advance(0);
    expect(rings).toEqual([0]);
  });

  it('never waits longer than a step, so that it notices that the host slept', async () => {
    const { clock, timer, rings } = setUp();
    timer.set(1_800_000, false);
    await clock.advance(1_000);
    clock.suspend(3_600_000);
    await clock.advance(timerStepMs - 1_000);
    expect(rings).toEqual([timerStepMs]);
  });

  it('is not held up by a wall clock that steps back', async () => {
    const { clock, timer, rings } = setUp();
    timer.set(60_000, false);
    clock.stepWall(-86_400_000);
    await clock.advance(60_000);
    expect(rings).toEqual([60_000]);
  });

  it('forgets what was set before', async () => {
    const { clock, timer, rings } = setUp();
    timer.set(10, false);
    timer.set(50, false);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(100);
    expect(rings).toEqual([50]);
  });

  it('sets nothing for an infinite wait', async () => {
    const { clock, timer, rings } = setUp();
    timer.set(10, false);
    timer.set(Infinity, false);
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(100);
    expect(rings).toEqual([]);
  });

  it.each([true, false])('hands keepAlive (%s) on to the clock', (keepAlive) => {
    const seen: unknown[] = [];
    const clock: Clock = {
      monotonicNow: () => 0,
      wallNow: () => 0,
      startTimer: (_callback, _delayMs, options) => {
        seen.push(options?.keepAlive);
        return { cancel: () => undefined };
      },
    };
    new StepTimer(() => undefined, clock).set(10, keepAlive);
    expect(seen).toEqual([keepAlive]);
  });
});

it('rings in no context of a caller', async () => {
  const context = new AsyncLocalStorage<string>();
  const seen = Promise.withResolvers<string | undefined>();
  context.run('of a caller', () => {
    const timer = new StepTimer(() => {
      seen.resolve(context.getStore());
    }, systemClock);
    timer.set(1, true);
  });
  expect(await seen.promise).toBeUndefined();
});
