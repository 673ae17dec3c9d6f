import { expect, it } from 'vitest';
import { pageBlocks } from '../src/page-blocks.ts';
import { workspace } from './workspace.ts';

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
