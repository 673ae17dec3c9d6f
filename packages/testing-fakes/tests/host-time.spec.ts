import { AssertionError } from 'node:assert';
import { expect, it } from 'vitest';
import { afterTurns, withinPatience } from '../src/host-time.ts';

it('what does not happen within the patience is a failed assertion', async () => {
  await expect(withinPatience(new Promise(() => undefined), 1, 'answers')).rejects.toThrow(
    new AssertionError({ message: '"answers" did not happen within 1 ms' }),
  );
});

it('a process that stood still for longer than the patience still has the rest of it', async () => {
  const waited = withinPatience(afterTurns(), 50, 'answers');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  await waited;
});

it('what happens in time is waited for, with its failure, and no timer is left', async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const failure = new Error('it failed');
  await expect(withinPatience(Promise.reject(failure), 60_000, 'fails')).rejects.toBe(failure);
  await withinPatience(Promise.resolve(), 60_000, 'ends');
  expect(timers()).toBe(before);
});
