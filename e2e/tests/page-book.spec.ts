import { trackedFiles } from '@worker-auth/workspace/tracked-files';
import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';
import { applyDiff } from '../src/pages/apply-diff.ts';
import { firstScreens, helloWorld, notRead, ofAuth, ofProviders, otherPages } from '../src/pages/book.ts';
import { diffOf, readPage, workspace } from '../src/pages/page.ts';

// What the pages show beside programs that run.

it('each page with a block is read, or has a reason why not', async () => {
  const pages = (await trackedFiles(workspace)).filter((path) => path.endsWith('.md'));
  const known = new Set([firstScreens, otherPages, notRead].flatMap((plans) => Object.keys(plans)));
  const open: string[] = [];
  for (const path of pages) {
    const { blocks } = await readPage(path);
    if (blocks.length > 0 && !known.has(path) && !ofProviders.test(path)) open.push(path);
  }
  expect(open).toEqual([]);
  expect([...known].filter((path) => !pages.includes(path))).toEqual([]);
});

it("the diff of the README turns Temporal's template into the example", async () => {
  await using folder = await temporaryFolder();
  await cp(join(workspace, helloWorld), folder.path, { recursive: true });
  const diff = await diffOf(ofAuth);
  await applyDiff(diff, folder.path);
  for (const name of await readdir(join(folder.path, 'src'))) {
    const ours = await readFile(join(workspace, 'examples/worker/src', name), 'utf8');
    expect(await readFile(join(folder.path, 'src', name), 'utf8')).toBe(ours);
  }
  // The first page has the worker alone.
  expect(diff.endsWith(`\n${await diffOf('README.md')}`)).toBe(true);
});

it('the page of containers has the Dockerfile of the example', async () => {
  const { blocks } = await readPage('docs/guides/container.md');
  expect(await readFile(join(workspace, 'examples/kubernetes/Dockerfile'), 'utf8')).toBe(blocks[0]?.code);
});
