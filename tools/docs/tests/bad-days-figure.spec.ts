import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { badDaysFigure } from '../src/bad-days-figure.ts';
import { workspace } from './workspace.ts';

it('the picture of the bad days is that of their table: `node tools/docs/src/bad-days-figure.ts` draws it', () => {
  const picture = readFileSync(join(workspace, 'docs/measurements/bad-days.svg'), 'utf8');
  expect(picture).toBe(badDaysFigure());
});

it('marks a worker that never comes back, and leaves out one that was not there', () => {
  const head = '| bad day | goal | ours | plain, `setApiKey` | measured |\n| --- | --- | --- | --- | --- |\n';
  const rows = '| a | 5 s | 1.0 s | never; FAILED | 2026-11-28 |\n| b | 5 s | 2.0 s |  | 2026-11-28 |\n';
  const bars = badDaysFigure(head + rows).match(/<rect x="0".*height="11".*\/>/g);
  expect(bars?.map((bar) => /width="([\d.]+)"/.exec(bar)?.[1])).toEqual(['33.0', '330.0', '66.0']);
  expect(bars?.filter((bar) => bar.includes('fill-opacity'))).toEqual([bars?.[1]]);
});

it('needs a table', () => {
  expect(() => badDaysFigure('# Bad days')).toThrow('no table');
});
