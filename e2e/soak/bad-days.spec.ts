import { afterAll, beforeAll, expect, it } from 'vitest';
import { badDayNamed } from '../src/bad-days/bad-days.ts';
import { runDay } from '../src/bad-days/run-day.ts';
import { type StackGround, startStackGround } from '../src/bad-days/stack-ground.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { stackServers } from '../src/fixtures/real-stack.ts';

/** The shortest ones; `nx bad-days e2e` runs them all. */
const days = [badDayNamed('key-rotated'), badDayNamed('goaway')] as const;

await describeWith(stackServers, 'a worker on a bad day', () => {
  let ground: StackGround;
  beforeAll(async () => {
    ground = await startStackGround(...days);
  }, 300_000);
  afterAll(async () => {
    await ground[Symbol.asyncDispose]();
  });

  it.each(days)(
    'ends with every workflow complete, no activity run twice, and with the worker that it began with: $title',
    async (day) => {
      const outcomes = await runDay(day, ground, { withControl: false });
      expect(outcomes).toHaveLength(1);
      for (const { figures } of outcomes) {
        expect(figures).toMatchObject({ completed: figures.started, twice: 0, state: 'RUNNING' });
      }
    },
    240_000,
  );
});
