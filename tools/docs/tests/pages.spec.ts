import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { changeProse } from '@worker-auth/workspace/markdown-blocks';
import { changeLinks } from '@worker-auth/workspace/markdown-links';
import { expect, it, onTestFinished } from 'vitest';
import { findPages } from '../src/pages.ts';
import { workspace as repository } from './workspace.ts';

const always = ['README.md', 'SECURITY.md', 'CONTRIBUTING.md', 'components/README.md'];

/** The pages of a repository with these texts beside those that must be there. */
async function pagesOf(texts: Readonly<Record<string, string>>) {
  const workspace = await mkdtemp(join(tmpdir(), 'worker-auth-workspace-'));
  onTestFinished(() => rm(workspace, { recursive: true }));
  const files = { ...Object.fromEntries(always.map((path) => [path, '# Title\n'])), ...texts };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(workspace, path)), { recursive: true });
    await writeFile(join(workspace, path), text);
  }
  return findPages(workspace);
}

it('has the guides in the order in which the first page leads to them', async () => {
  const pages = await pagesOf({
    'README.md': '# All\n\n[b](tools/docs/guides/b.md) [a](tools/docs/guides/a.md)\n',
    'tools/docs/guides/a.md': '# A\n',
    'tools/docs/guides/b.md': '# B\n',
  });
  const guides = pages.filter(({ group }) => group === 'Guides');
  expect(guides.map(({ title }) => title)).toEqual(['Overview', 'B', 'A']);
});

it('has the pages of a package below its README', async () => {
  const pages = await pagesOf({
    'packages/x/README.md': '# x\n',
    'packages/x/CHANGELOG.md': '# Changelog\n',
    'packages/x/docs/a.md': '# A\n',
  });
  const below = ['packages/x/docs/a.md', 'packages/x/CHANGELOG.md'];
  expect(pages.find(({ path }) => path === 'packages/x/README.md')).toMatchObject({
    group: 'Packages',
    children: below,
  });
  for (const path of below) expect(pages.find((page) => page.path === path)?.group).toBeUndefined();
});

it('refuses a text without a heading', async () => {
  await expect(pagesOf({ 'tools/docs/guides/a.md': 'A\n' })).rejects.toThrow(/a\.md has no heading$/);
});

it('link only to files that are there', () => {
  const links: { readonly page: string; readonly target: string }[] = [];
  for (const { path, text } of findPages(repository)) {
    changeProse(text, (prose) =>
      changeLinks(prose, dirname(path), (target) => {
        links.push({ page: path, target });
        return undefined;
      }),
    );
  }
  expect(links.length).toBeGreaterThan(100);
  expect(links.filter(({ target }) => !existsSync(join(repository, target)))).toEqual([]);
});
