import type { BadDay } from './bad-day.ts';
import type { DayPlan } from './day-plan.ts';
import { badDays } from './bad-days.ts';
import { envoyDays } from './envoy-days.ts';
import { startEnvoyGround } from './envoy-ground.ts';
import type { Ground } from './ground.ts';
import { type Outcome, runDay, type RunOptions } from './run-day.ts';
import { startStackGround } from './stack-ground.ts';

/** A day, and how to run it on servers of its own. */
export interface RunnableDay {
  readonly plan: DayPlan;
  run(options: RunOptions): Promise<readonly Outcome[]>;
}

/** The days of one ground. */
export interface Chapter {
  /** Of the ground, on the command line. */
  readonly ground: 'stack' | 'envoy';
  readonly days: readonly RunnableDay[];
}

/** In the order of the page. */
export const chapters: readonly Chapter[] = [
  {
    ground: 'stack',
    days: runnable(badDays, startStackGround),
  },
  {
    ground: 'envoy',
    days: runnable(envoyDays, startEnvoyGround),
  },
];

function runnable<G extends Ground>(
  days: readonly BadDay<G>[],
  startGround: (day: BadDay<G>) => Promise<G>,
): readonly RunnableDay[] {
  return days.map((day) => ({
    plan: day,
    async run(options) {
      await using ground = await startGround(day);
      return await runDay(day, ground, options);
    },
  }));
}
