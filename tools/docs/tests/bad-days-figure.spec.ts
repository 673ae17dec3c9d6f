import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { badDaysFigure } from '../src/bad-days-figure.ts';
import { workspace } from './workspace.ts';

it('the picture of the bad days is that of their table: `node tools/docs/src/bad-days-figure.ts` draws it', () => {
  const picture = readFileSync(join(workspace, 'docs/measurements/bad-days.svg'), 'utf8');
  expect(picture).toBe(badDaysFigure());
});
