import { expect, it } from 'vitest';
import { VirtualClock } from '../src/virtual-clock.ts';

it('fires timers in the order of their moments, on the millisecond', async () => {
  const clock = new VirtualClock();
  const fired: [string, number][] = [];
  for (const delayMs of [20, 5, 20_000]) {
    clock.startTimer(() => fired.push([`${delayMs}`, clock.monotonicNow()]), delayMs);
  }
  await clock.runUntil(20_001);
  expect(fired).toEqual([
    ['5', 5],
    ['20', 20],
    ['20000', 20_000],
  ]);
});

it('does not fire a timer that was cancelled', async () => {
  const clock = new VirtualClock();
  let isFired = false;
  clock
    .startTimer(() => {
      isFired = true;
    }, 5)
    .cancel();
  await clock.runUntil(10);
  expect(isFired).toBe(false);
});

it('stands still until promises have settled when it is told to', async () => {
  const clock = new VirtualClock();
  const settledAtMs: number[] = [];
  clock.startTimer(() => {
    clock.holdForPromises();
    void Promise.resolve()
      .then(() => undefined)
      .then(() => settledAtMs.push(clock.monotonicNow()));
  }, 5);
  await clock.runUntil(10);
  expect(settledAtMs).toEqual([5]);
});

it('refuses a timer that is longer than its wheel', () => {
  expect(() => new VirtualClock().startTimer(() => undefined, 32_768)).toThrow(
    new RangeError('A timer takes 0 to 32767 ms; received 32768'),
  );
});
