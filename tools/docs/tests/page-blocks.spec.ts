import { exampleKey } from '@worker-auth/workspace/example-record';
import { expect, it } from 'vitest';
import { blocksNotRun, pageBlocks } from '../src/page-blocks.ts';
import { workspace } from './workspace.ts';

const [first, second] = [1, 2].map((line) => ({ page: 'a.md', language: 'ts', code: `${line}\n`, line }));

it('tells the blocks that were run from those that were not', () => {
  if (first === undefined || second === undefined) throw new Error('no blocks');
  const recorded = new Set([exampleKey('a.md', '1\n')]);
  expect(blocksNotRun([first, second], recorded)).toEqual([second]);
});

it('has the blocks of each page, with the line where each begins', () => {
  const ofReadme = pageBlocks(workspace).filter(({ page }) => page === 'packages/token-manager/README.md');
  expect(ofReadme.length).toBeGreaterThan(1);
  expect(ofReadme[0]).toMatchObject({ language: 'sh', line: 5 });
});

it('knows how the words before a block call its file', () => {
  const ofReadme = pageBlocks(workspace).filter(({ page }) => page === 'packages/temporal-auth/README.md');
  const programs = ofReadme.filter(({ language }) => language === 'ts');
  expect(programs.map(({ file }) => file)).toEqual(['worker.ts', 'workflows.ts', 'start.ts']);
});
