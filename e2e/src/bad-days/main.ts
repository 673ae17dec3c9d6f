// `nx bad-days e2e`: worse things than a test suite has time for, on real servers; writes the table of docs/measurements/bad-days.md.
import { parseArgs } from 'node:util';
import { loadavg } from 'node:os';
import type { BadDay, DayPlan, Ground } from './bad-day.ts';
import { badDays } from './bad-days.ts';
import { envoyDays } from './envoy-days.ts';
import { startEnvoyGround } from './envoy-ground.ts';
import { lineOf, writeLine } from './page.ts';
import { isMet, type Outcome, runDay } from './run-day.ts';
import { startStackGround } from './stack-ground.ts';

/** A day, its ground on the command line, and how to run it on servers of its own. */
interface RunnableDay {
  readonly plan: DayPlan;
  readonly ground: string;
  readonly run: () => Promise<readonly Outcome[]>;
}

function runnable<G extends Ground>(
  ground: string,
  days: readonly BadDay<G>[],
  start: (day: BadDay<G>) => Promise<G>,
): readonly RunnableDay[] {
  const run = async (day: BadDay<G>): Promise<readonly Outcome[]> => {
    await using opened = await start(day);
    return await runDay(day, opened, true);
  };
  return days.map((plan) => ({ plan, ground, run: () => run(plan) }));
}

const { values } = parseArgs({
  options: { ground: { type: 'string' }, row: { type: 'string', multiple: true } },
});
/** In the order of the page. */
const all = [
  ...runnable('stack', badDays, startStackGround),
  ...runnable('envoy', envoyDays, startEnvoyGround),
];
const chosen = all.filter(
  ({ plan, ground }) => (values.ground ?? ground) === ground && (values.row?.includes(plan.name) ?? true),
);
if (chosen.length === 0) throw new RangeError('No bad day is named so.');
let missed = 0;
for (const day of chosen) {
  console.log(`${day.plan.name}: ${day.plan.title}`);
  try {
    missed += await runAndReport(day);
  } catch (error) {
    missed++;
    console.log(`  could not be run: ${String(error)}`);
  }
}
process.exitCode = missed === 0 ? 0 : 1;

/** @returns how many of our workers missed what is asked */
async function runAndReport({ plan, run }: RunnableDay): Promise<number> {
  const outcomes = await run();
  const line = lineOf(plan, outcomes);
  console.log(`  ${line.slice(1).join(' | ')}`);
  console.log(`  load of the machine in the last five minutes: ${(loadavg()[1] ?? 0).toFixed(1)}`);
  const missing = outcomes.filter((outcome) => !isMet(plan, outcome));
  for (const { kind, log } of missing)
    for (const { atMs, text } of log)
      console.log(`  ${kind} ${new Date(atMs).toISOString().slice(11, 23)} ${text}`);
  await writeLine(
    all.map((day) => day.plan.title),
    line,
  );
  return missing.length;
}
