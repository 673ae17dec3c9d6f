import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayNamed } from '../src/bad-days/bad-day.ts';
import { badDays } from '../src/bad-days/bad-days.ts';
import { runDay } from '../src/bad-days/run-day.ts';
import { type StackGround, startStackGround } from '../src/bad-days/stack-ground.ts';
import { describeWith } from '../src/fixtures/describe-with.ts';
import { stackServers } from '../src/fixtures/real-stack.ts';

/** One of a kind, by the lifetime of the tokens; `stack.spec.ts` has another, and `nx bad-days e2e` runs them all. */
const days = {
  20: ['sidecar-restarted', 'identity-provider-down'],
  300: ['goaway', 'temporal-restarted', 'worker-failed'],
} as const;

await describeWith(stackServers, 'a worker on a bad day', () => {
  describe.each(Object.entries(days))('with tokens of %s s', (_lifetime, names) => {
    const plans = names.map((name) => dayNamed(badDays, name));
    let ground: StackGround;
    beforeAll(async () => {
      ground = await startStackGround(...plans);
    }, 300_000);
    afterAll(() => ground[Symbol.asyncDispose]());

    it.each(plans)(
      'ends with every workflow complete, no activity run twice, and with a worker that runs: $title',
      async (day) => {
        const outcomes = await runDay(day, ground);
        expect(outcomes).toHaveLength(1);
        for (const { figures } of outcomes) {
          expect(figures).toMatchObject({ completed: figures.started, twice: 0, state: 'RUNNING' });
          expect(figures.backAfterSeconds).toBeLessThanOrEqual(day.withinSeconds);
        }
      },
      1_200_000,
    );
  });
});
