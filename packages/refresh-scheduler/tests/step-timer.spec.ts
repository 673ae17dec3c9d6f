import { AsyncLocalStorage } from 'node:async_hooks';
import { FakeClock } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { systemClock } from '@worker-auth/internal';
import { StepTimer, timerStepMs } from '../src/step-timer.ts';

function setUp(): { clock: FakeClock; timer: StepTimer; rings: number[] } {
  const clock = new FakeClock({ monotonicMs: 0 });
  const rings: number[] = [];
  const onRing = (): void => {
    rings.push(clock.monotonicNow());
  };
  return { clock, timer: new StepTimer(onRing, clock), rings };
}

it.each([0, 1, timerStepMs - 1, timerStepMs, timerStepMs + 1, 1_800_000, 2 ** 31])(
  'StepTimer rings once after %d ms',
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

it('never waits longer than a step, so that it notices that the host slept, and rings at a whole millisecond', async () => {
  const { clock, timer, rings } = setUp();
  timer.set(1_800_000, true);
  clock.suspend(3_600_000);
  await clock.advance(timerStepMs);
  timer.set(10.2, true);
  await clock.advance(100);
  expect(rings).toEqual([timerStepMs, timerStepMs + 11]);
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
