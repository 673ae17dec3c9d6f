import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { stagePages } from '../src/stage-pages.ts';
import { workspace } from './workspace.ts';

const address = 'https://github.com/owner/name';
/** What VitePress is given for a page of `packages/refresh-scheduler` with this text, beside other pages. */
async function stage(text: string, top = workspace): Promise<{ page: string; target: string }> {
  const target = await mkdtemp(join(tmpdir(), 'worker-auth-pages-'));
  onTestFinished(() => rm(target, { recursive: true }));
  const path = 'packages/refresh-scheduler/docs/page.md';
  const others = [
    'docs/guides/a.md',
    'packages/refresh-scheduler/README.md',
    'packages/token-manager/README.md',
  ];
  const pages = [...others, path].map((each) => ({
    path: each,
    title: 'A',
    text: each === path ? text : '',
  }));
  stagePages(pages, { workspace: top, target, address });
  return { page: await readFile(join(target, path), 'utf8'), target };
}

it.each([
  ['a page', '[a](../README.md#b)', '[a](./../index.md#b)'],
  ['a folder with a page', '[a](../../token-manager)', '[a](./../../token-manager/index.md)'],
  ['a guide', '[a](../../../docs/guides/a.md)', '[a](./../../../guides/a.md)'],
  ['a folder without one', '[a](../src)', `[a](${address}/blob/main/packages/refresh-scheduler/src)`],
  ['a source', '[a](../src/index.ts)', `[a](${address}/blob/main/packages/refresh-scheduler/src/index.ts)`],
  ['another host', '[a](https://example.com)', '[a](https://example.com)'],
  ['a part of itself', '[a](#b)', '[a](#b)'],
])('leads to %s', async (_name, text, expected) => {
  expect((await stage(`See ${text}.`)).page).toBe(`See ${expected}.`);
});

it('leaves blocks of code as they are', async () => {
  const block = '```ts\nhandlers[0](event);\n```\n';
  expect((await stage(block)).page).toContain(block);
});

it('takes a picture along', async () => {
  const top = await mkdtemp(join(tmpdir(), 'worker-auth-pictures-'));
  onTestFinished(() => rm(top, { recursive: true }));
  await mkdir(join(top, 'docs/measurements'), { recursive: true });
  await writeFile(join(top, 'docs/measurements/a.svg'), '<svg/>');
  const { page, target } = await stage('![a](../../../docs/measurements/a.svg)', top);
  expect(page).toContain('![a](./../../../measurements/a.svg)');
  expect(await readdir(join(target, 'measurements'))).toContain('a.svg');
});

it('leaves out comments', async () => {
  expect((await stage('a\n\n<!-- b:start -->\n\nc')).page).toBe('a\n\nc');
});

it('begins with the picture of the README, and what it says to users', async () => {
  const target = await mkdtemp(join(tmpdir(), 'worker-auth-pages-'));
  onTestFinished(() => rm(target, { recursive: true }));
  const picture = '![Two lines](tools/docs/public/icon.svg)';
  const text = `# Title\n\n${picture}\n\nFor users.\n\n## Try it\n\nFor contributors.\n`;
  stagePages([{ path: 'README.md', title: 'Title', text }], { workspace, target, address });
  const home = await readFile(join(target, 'index.md'), 'utf8');
  expect(home).toContain('## What it is\n\nFor users.');
  expect(home).toContain('"image":{"src":"/icon.svg","alt":"Two lines"}');
  expect(home).not.toMatch(/contributors|!\[/);
});
