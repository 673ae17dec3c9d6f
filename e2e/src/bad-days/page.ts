import {
  markdownTable,
  measurementsPage,
  readSection,
  writeSection,
} from '@worker-auth/workspace/readme-section';
import type { DayPlan } from './bad-day.ts';
import type { Outcome } from './run-day.ts';

const page = measurementsPage('bad-days');
const head = ['bad day', 'goal', 'ours', 'plain, `setApiKey`', 'measured'];

/** The line of a day: how soon each worker was back, and what it lost. */
export function lineOf(day: DayPlan, outcomes: readonly Outcome[]): readonly string[] {
  const wordsOf = (lane: Outcome['kind']): string => {
    const outcome = outcomes.find(({ kind }) => kind === lane);
    return outcome === undefined ? '' : inWords(outcome);
  };
  const date = new Date().toISOString().slice(0, 10);
  return [day.title, `${day.withinSeconds} s`, wordsOf('ours'), wordsOf('plain'), date];
}

/** Puts a line into the table of the page, in the place of an older one of the same day. */
export async function writeLine(titles: readonly string[], line: readonly string[]): Promise<void> {
  const older = readSection(page, 'bad-days')
    .split('\n')
    .filter((row) => row.startsWith('|'))
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const lines = [line, ...older];
  const rows = titles.map((title) => lines.find(([first]) => first === title));
  const body = rows.filter((row) => row !== undefined);
  await writeSection(page, 'bad-days', markdownTable(head, body).join('\n'));
}

function inWords({ figures }: Outcome): string {
  const { backAfterSeconds, completed, started, twice, state } = figures;
  return [
    backAfterSeconds === undefined ? 'never' : `${backAfterSeconds.toFixed(1)} s`,
    ...(completed === started ? [] : [`${completed} of ${started} complete`]),
    ...(twice === 0 ? [] : [`${twice} run twice`]),
    ...(state === 'RUNNING' ? [] : [state]),
  ].join('; ');
}
