/**
 * Simulates, in virtual time, what each rule of waiting costs, and writes the tables into their page of measurements; the exit code is 1 when a bar is
 * missed. Run it with `nx waits temporal-auth`.
 */
import { markdownTable, measurementsPage, writeSection } from '@worker-auth/workspace/readme-section';
import type { Bar, Case } from './waits/case.ts';
import { comparisons } from './waits/comparisons.ts';
import { promises } from './waits/promises.ts';

/** The test makes do with fewer. */
const timesSeeds = 10;

const missed: string[] = [];
await write('comparisons', ['', 'ours', 'loop of 1 s', 'loop of 5 s', 'bars'], comparisons);
await write('promises', ['', 'ours', 'bars'], promises);
for (const line of missed) console.log(`MISSED ${line}`);
process.exitCode = missed.length === 0 ? 0 : 1;

async function write(section: string, head: readonly string[], cases: readonly Case[]): Promise<void> {
  const rows = [];
  for (const { title, seeds, isFleet = false, judge } of cases) {
    const { cells, bars } = await judge(isFleet ? seeds : seeds * timesSeeds);
    rows.push([title, ...cells, bars.map(shown).join('; ')]);
    for (const bar of bars) if (bar.figure > bar.most) missed.push(`${title}: ${shown(bar)}`);
  }
  const date = new Date().toISOString().slice(0, 10);
  const text = [`${date}, by virtual time.`, '', ...markdownTable(head, rows)].join('\n');
  console.log(text);
  await writeSection(measurementsPage('waits'), section, text);
}

function shown({ what, figure, most }: Bar): string {
  const text = `${what}: ${Number(figure.toFixed(2))}, at most ${Number(most.toFixed(2))}`;
  return figure > most ? `**${text}**` : text;
}
