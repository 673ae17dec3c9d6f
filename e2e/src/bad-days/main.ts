// `nx bad-days e2e`: worse things than a test suite has time for, on real servers; writes the table of docs/measurements/bad-days.md.
import { parseArgs } from 'node:util';
import { loadavg } from 'node:os';
import { type Chapter, chapters, type RunnableDay } from './chapters.ts';
import { lineOf, writeLine } from './page.ts';
import { isMet } from './run-day.ts';

const { values } = parseArgs({
  options: {
    ground: { type: 'string' },
    row: { type: 'string', multiple: true },
  },
});
let missed = 0;
let chosen = 0;
for (const chapter of chapters) {
  for (const day of chapter.days.filter((one) => isChosen(chapter, one))) {
    chosen++;
    console.log(`${day.plan.name}: ${day.plan.title}`);
    try {
      missed += await runAndReport(day);
    } catch (error) {
      missed++;
      console.log(`  could not be run: ${String(error)}`);
    }
  }
}
if (chosen === 0) throw new RangeError('No bad day is named so.');
process.exitCode = missed === 0 ? 0 : 1;

function isChosen({ ground }: Chapter, { plan }: RunnableDay): boolean {
  return (values.ground ?? ground) === ground && (values.row?.includes(plan.name) ?? true);
}

/** @returns how many of our workers missed what is asked */
async function runAndReport(day: RunnableDay): Promise<number> {
  const { plan } = day;
  const outcomes = await day.run({ withControl: true });
  const line = lineOf(plan, outcomes);
  console.log(`  ${line.slice(1).join(' | ')}`);
  console.log(`  load of the machine in the last five minutes: ${(loadavg()[1] ?? 0).toFixed(1)}`);
  const missing = outcomes.filter((outcome) => !isMet(plan, outcome));
  for (const outcome of missing) {
    for (const { atMs, level, message } of outcome.log) {
      console.log(`  ${outcome.kind} ${new Date(atMs).toISOString().slice(11, 23)} ${level} ${message}`);
    }
  }
  const plans = chapters.flatMap(({ days }) => days.map(({ plan: { title } }) => title));
  await writeLine(plans, line);
  return missing.length;
}
