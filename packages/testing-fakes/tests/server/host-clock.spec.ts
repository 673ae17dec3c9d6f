import { expect, it } from 'vitest';
import { hostClock } from '../../src/server/host-clock.ts';

it('fires its timers, but for those that are cancelled', async () => {
  const fired: string[] = [];
  hostClock.startTimer(() => fired.push('cancelled'), 1).cancel();
  await new Promise<void>((resolve) => {
    hostClock.startTimer(resolve, 1);
    // The timer keeps no process alive, and a test has nothing else that does.
    const alive = setInterval(() => undefined, 1_000);
    hostClock.startTimer(() => {
      clearInterval(alive);
    }, 2);
  });
  expect(fired).toEqual([]);
});
