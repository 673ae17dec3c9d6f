import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Page } from '../src/pages.ts';
import { stagePages } from '../src/stage-pages.ts';
import { workspace } from './workspace.ts';

const address = 'https://github.com/owner/name';
const readme = { title: 'A', children: [], text: '' };

/** What TypeDoc is given for a page of `packages/refresh-scheduler` with this text, beside its README and that of token-manager. */
async function stage(text: string): Promise<{ page: string; target: string }> {
  const target = await mkdtemp(join(tmpdir(), 'worker-auth-pages-'));
  onTestFinished(() => rm(target, { recursive: true }));
  const page: Page = { ...readme, path: 'packages/refresh-scheduler/docs/page.md', text };
  const pages = [
    { ...readme, path: 'packages/refresh-scheduler/README.md', group: 'Packages', children: [page.path] },
    { ...readme, path: 'packages/token-manager/README.md', group: 'Packages' },
    page,
  ];
  expect(stagePages(pages, { workspace, target, address })).toEqual(
    pages.slice(0, 2).map(({ path }) => join(target, path)),
  );
  return { page: await readFile(join(target, page.path), 'utf8'), target };
}

it.each([
  ['a page', '[a](../README.md#b)', '[a](./../README.md#b)'],
  ['a folder with a page', '[a](../../token-manager)', '[a](./../../token-manager/README.md)'],
  ['a folder without one', '[a](../src)', `[a](${address}/blob/main/packages/refresh-scheduler/src)`],
  ['a source', '[a](../src/index.ts)', `[a](${address}/blob/main/packages/refresh-scheduler/src/index.ts)`],
  ['another host', '[a](https://example.com)', '[a](https://example.com)'],
  ['a part of itself', '[a](#b)', '[a](#b)'],
])('leads to %s', async (_name, text, expected) => {
  expect((await stage(`See ${text}.`)).page).toContain(`\n\nSee ${expected}.`);
});

it('leaves blocks of code as they are', async () => {
  const block = '```ts\nhandlers[0](event);\n```\n';
  expect((await stage(block)).page).toContain(block);
});

it('takes a picture along', async () => {
  const { page, target } = await stage('![a](./fleet-simulation.svg)');
  expect(page).toContain('![a](./fleet-simulation.svg)');
  expect(await readdir(join(target, 'packages/refresh-scheduler/docs'))).toContain('fleet-simulation.svg');
});

it('says in a page what stands below it', async () => {
  const { target } = await stage('');
  const text = await readFile(join(target, 'packages/refresh-scheduler/README.md'), 'utf8');
  expect(text).toContain(
    'title: A\npath: packages/refresh-scheduler/README.md\ngroup: Packages\nchildren:\n  - docs/page.md\n',
  );
});
