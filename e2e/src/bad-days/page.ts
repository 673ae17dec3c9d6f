import {
  markdownTable,
  measurementsPage,
  readSection,
  writeSection,
} from '@worker-auth/workspace/readme-section';
import type { DayPlan } from './day-plan.ts';
import type { Outcome } from './run-day.ts';
import type { WorkerKind } from './worker-messages.ts';

const page = measurementsPage('bad-days');

/** A table of the page. */
export interface Table {
  /** Its section on the page. Its summary has one of its own. */
  readonly section: string;
  /** In the order of its lines. */
  readonly days: readonly DayPlan[];
}

/** Of the page's table, in the order of its columns. */
export interface Line {
  readonly 'bad day': string;
  readonly worker: string;
  readonly 'back after, s': string;
  readonly 'goal, s': string;
  readonly workflows: string;
  readonly 'longest, s': string;
  readonly activities: string;
  readonly 'run twice': string;
  readonly 'worker at the end': string;
  readonly measured: string;
}

/** As they stand in the table. */
const workerNames: Readonly<Record<WorkerKind, string>> = {
  autoscaling: 'ours',
  fixed: 'ours',
  control: 'plain, `setApiKey`',
};

/** The lines of a day. */
export function linesOf(day: DayPlan, outcomes: readonly Outcome[]): readonly Line[] {
  return outcomes.map(({ kind, figures }) => ({
    'bad day': day.title,
    worker: workerNames[kind],
    'back after, s': figures.backAfterSeconds?.toFixed(1) ?? 'never',
    'goal, s': kind === 'control' ? '' : String(day.withinSeconds),
    workflows:
      figures.completed === figures.started
        ? `all ${figures.started}`
        : `${figures.completed} of ${figures.started}`,
    'longest, s': figures.longestSeconds.toFixed(1),
    activities: String(figures.activities),
    'run twice': String(figures.twice),
    'worker at the end': figures.state,
    measured: new Date().toISOString().slice(0, 10),
  }));
}

/** Puts lines into the text of a table, in the place of older ones of the same days and workers. */
export function merged(table: string, days: readonly DayPlan[], lines: readonly Line[]): readonly Line[] {
  const [head = [], , ...body] = cellsOf(table);
  const older = body.map(
    (cells) => Object.fromEntries(head.map((name, index) => [name, cells[index]])) as unknown as Line,
  );
  const place = (line: Line): number => placeOf(line, days);
  const isNew = (line: Line): boolean => lines.some((other) => place(other) === place(line));
  return [...older.filter((line) => !isNew(line)), ...lines].sort((a, b) => place(a) - place(b));
}

/** Writes lines into the page, and a summary of all its lines. */
export async function writeLines({ section, days }: Table, lines: readonly Line[]): Promise<void> {
  const [first, ...others] = merged(readSection(page, section), days, lines);
  if (first === undefined) return;
  const all = [first, ...others];
  await writeSection(page, section, markdownTable(Object.keys(first), all.map(Object.values)).join('\n'));
  await writeSection(page, `${section}-summary`, summary(all).join('\n'));
}

/** A line a day: how soon each worker was back, and what it lost. */
export function summary(lines: readonly Line[]): readonly string[] {
  const names = [...new Set(Object.values(workerNames))];
  const titles = [...new Set(lines.map((line) => line['bad day']))];
  const body = titles.map((title) => [
    title,
    ...names.map((name) => {
      const line = lines.find(({ 'bad day': day, worker }) => day === title && worker === name);
      return line === undefined ? '' : inWords(line);
    }),
  ]);
  return markdownTable(['bad day', ...names], body);
}

function inWords(line: Line): string {
  const back = line['back after, s'];
  const { workflows, 'run twice': twice, 'worker at the end': state } = line;
  return [
    back === 'never' ? back : `${back} s`,
    ...(workflows.startsWith('all') ? [] : [`${workflows} complete`]),
    ...(twice === '0' ? [] : [`${twice} run twice`]),
    ...(state === 'RUNNING' ? [] : [state]),
  ].join('; ');
}

function cellsOf(table: string): readonly (readonly string[])[] {
  const rows = table.split('\n').filter((line) => line.startsWith('|'));
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** The same for the same day and worker. */
function placeOf({ 'bad day': title, worker }: Line, days: readonly DayPlan[]): number {
  const day = days.findIndex((known) => known.title === title);
  return day * 10 + Object.values(workerNames).indexOf(worker);
}
