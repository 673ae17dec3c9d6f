import { AssertionError } from 'node:assert';
import { expect, it } from 'vitest';
import { withinPatience } from '../src/host-time.ts';

it('what does not happen within the patience is a failed assertion', async () => {
  await expect(withinPatience(new Promise(() => undefined), 1, 'answers')).rejects.toThrow(
    new AssertionError({ message: '"answers" did not happen within 1 ms' }),
  );
});

it('what happens in time is waited for, with its failure, and no timer is left', async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const failure = new Error('it failed');
  await expect(withinPatience(Promise.reject(failure), 60_000, 'fails')).rejects.toBe(failure);
  await withinPatience(Promise.resolve(), 60_000, 'ends');
  expect(timers()).toBe(before);
});
