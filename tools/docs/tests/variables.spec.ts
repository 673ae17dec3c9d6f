import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findPages } from '../src/pages.ts';
import { workspace } from './workspace.ts';

const block = /^export (?:TEMPORAL|WORKER_AUTH)_.*example\.com.*\n(?:export .*\n)*/gm;
const source = 'packages/temporal-auth/README.md';
const textOf = (page: string): string => readFileSync(join(workspace, page), 'utf8');

const [variables = ''] = textOf(source).match(block) ?? [];
const pages = findPages(workspace)
  .map(({ path }) => path)
  .filter((path) => path !== source && textOf(path).search(block) >= 0);

it('are printed by the first pages, and by the reference', () => {
  expect(variables.match(/^export /gm)).toHaveLength(5);
  expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/reference/environment.md']));
});

it.each(pages)('%s has the block of variables of temporal-auth; `-u` writes it anew', async (page) => {
  await expect(textOf(page).replace(block, () => variables)).toMatchFileSnapshot(join(workspace, page));
});
