import { markdownTable } from '@worker-auth/workspace/readme-section';
import { expect, it } from 'vitest';
import { badDayNamed, badDays } from '../src/bad-days/bad-days.ts';
import type { Figures } from '../src/bad-days/figures.ts';
import { type Line, linesOf, merged, summary } from '../src/bad-days/page.ts';
import type { WorkerKind } from '../src/bad-days/worker-messages.ts';

const figures: Figures = {
  ...{ backAfterSeconds: 2.34, started: 30, completed: 30, longestSeconds: 4.2 },
  ...{ activities: 30, twice: 0, state: 'RUNNING' },
};

function line(dayName: string, kind: WorkerKind, changes: Partial<Figures> = {}): Line {
  const outcome = { kind, figures: { ...figures, ...changes }, log: [] };
  const [made] = linesOf(badDayNamed(dayName), [outcome]);
  if (made === undefined) throw new Error('no line');
  return made;
}

function tableOf(lines: readonly Line[]): string {
  return markdownTable(Object.keys(lines[0] ?? {}), lines.map(Object.values)).join('\n');
}

it('tells what a worker was asked and what it did', () => {
  expect(line('goaway', 'autoscaling')).toMatchObject({
    ...{ 'bad day': 'GOAWAY at every call for 30 s', 'back after, s': '2.3', 'goal, s': '5' },
    ...{ workflows: 'all 30', 'longest, s': '4.2', 'run twice': '0', 'worker at the end': 'RUNNING' },
  });
});

it('tells what a worker did not do, and asks nothing of the control', () => {
  const lost = line('goaway', 'control', { backAfterSeconds: undefined, completed: 8, state: 'FAILED' });
  expect(lost).toMatchObject({
    ...{ 'back after, s': 'never', 'goal, s': '', workflows: '8 of 30', 'worker at the end': 'FAILED' },
  });
});

it('keeps the lines of other days and workers, replaces those of the same, and has them in order', () => {
  const goaway = line('goaway', 'autoscaling');
  const old = line('key-rotated', 'autoscaling', { twice: 7 });
  const ours = line('key-rotated', 'autoscaling');
  const control = line('key-rotated', 'control');
  expect(merged(tableOf([old, goaway]), badDays, [control, ours])).toEqual([ours, control, goaway]);
});

it('begins with a table that is empty', () => {
  const lines = [line('goaway', 'autoscaling')];
  expect(merged('\n', badDays, lines)).toEqual(lines);
});

it('sums a day up in a line, with what is amiss', () => {
  const control = { backAfterSeconds: undefined, completed: 8, twice: 2, state: 'FAILED' };
  const other = line('html-401', 'autoscaling', { backAfterSeconds: 1 });
  expect(summary([other, line('goaway', 'autoscaling'), line('goaway', 'control', control)])).toEqual([
    '| bad day | ours | plain, `setApiKey` |',
    '| --- | --- | --- |',
    '| every call HTTP 401 with a page of HTML for 30 s | 1.0 s |  |',
    '| GOAWAY at every call for 30 s | 2.3 s | never; 8 of 30 complete; 2 run twice; FAILED |',
  ]);
});
