// `nx bad-days e2e`: worse things than a test suite has time for, on real servers; writes the table of temporal-auth's docs/bad-days.md.
import { parseArgs } from 'node:util';
import { loadavg } from 'node:os';
import type { BadDay, Pollers } from './bad-day.ts';
import { badDayNamed, badDays } from './bad-days.ts';
import { startGround } from './ground.ts';
import { linesOf, writeLines } from './page.ts';
import { type Outcome, runDay } from './run-day.ts';

const everyPollers: readonly Pollers[] = ['autoscaling', 'fixed'];

const { values } = parseArgs({
  options: { row: { type: 'string', multiple: true }, pollers: { type: 'string' } },
});
const days = values.row?.map(badDayNamed) ?? badDays;
const pollers = everyPollers.filter((kind) => values.pollers === undefined || kind === values.pollers);
if (pollers.length === 0) throw new RangeError(`--pollers takes ${everyPollers.join(' or ')}`);
let missed = 0;
for (const day of days) {
  console.log(`${day.name}: ${day.title}`);
  try {
    missed += await runAndTell(day);
  } catch (error) {
    missed++;
    console.log(`  could not be run: ${String(error)}`);
  }
}
process.exitCode = missed === 0 ? 0 : 1;

/** @returns how many of our workers missed what is asked */
async function runAndTell(day: BadDay): Promise<number> {
  await using ground = await startGround(day);
  const outcomes = await runDay(day, ground, { pollers, withControl: true });
  const lines = linesOf(day, outcomes);
  for (const line of lines) console.log(`  ${Object.values(line).slice(1).join(' | ')}`);
  console.log(`  load of the machine in the last five minutes: ${(loadavg()[1] ?? 0).toFixed(1)}`);
  const missing = outcomes.filter((outcome) => !isMet(day, outcome));
  for (const outcome of missing) {
    for (const { atMs, level, message } of outcome.log) {
      console.log(`  ${outcome.kind} ${new Date(atMs).toISOString().slice(11, 23)} ${level} ${message}`);
    }
  }
  await writeLines(lines);
  return missing.length;
}

function isMet(day: BadDay, { kind, figures }: Outcome): boolean {
  if (kind === 'control') return true;
  const { backAfterSeconds = Infinity, started, completed, twice } = figures;
  return backAfterSeconds <= day.withinSeconds[kind] && completed === started && twice === 0;
}
