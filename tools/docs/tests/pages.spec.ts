import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { changeProse } from '@worker-auth/workspace/markdown-blocks';
import { changeLinks } from '@worker-auth/workspace/markdown-links';
import { expect, it, onTestFinished } from 'vitest';
import { findPages, findSections, pagePath } from '../src/pages.ts';
import { workspace as repository } from './workspace.ts';

/** The sidebar of a repository with these texts. */
async function sectionsOf(texts: Readonly<Record<string, string>>) {
  const workspace = await mkdtemp(join(tmpdir(), 'worker-auth-workspace-'));
  onTestFinished(() => rm(workspace, { recursive: true }));
  for (const [path, text] of Object.entries(texts)) {
    await mkdir(dirname(join(workspace, path)), { recursive: true });
    await writeFile(join(workspace, path), text);
  }
  return findSections(workspace).filter(({ pages }) => pages.length > 0);
}

it('has each page in the first section that names it', async () => {
  const sections = await sectionsOf({
    'packages/secret-store/README.md': '# secret-store\n',
    'packages/secret-store/docs/dapr.md': '# Dapr\n',
    'packages/secret-store/docs/reference.md': '# Reference\n',
    'docs/contributing/commands.md': '# Commands\n',
  });
  expect(sections.map(({ title, pages }) => [title, ...pages.map((page) => page.title)])).toEqual([
    ['Credentials', 'Dapr'],
    ['Reference', 'Reference'],
    ['secret-store', 'secret-store'],
    ['Contributing', 'Commands'],
  ]);
});

it('rejects a page that no section names', async () => {
  await expect(sectionsOf({ 'docs/guides/new.md': '# New\n' })).rejects.toThrow(/docs\/guides\/new\.md$/);
});

it('rejects a text without a heading', async () => {
  await expect(sectionsOf({ 'docs/policy.md': 'A\n' })).rejects.toThrow(/policy\.md has no heading$/);
});

it.each([
  ['README.md', 'repository.html'],
  ['docs/guides/a.md', 'guides/a.html'],
  ['packages/x/README.md', 'packages/x/index.html'],
  ['packages/x/docs/a.md', 'packages/x/docs/a.html'],
])('has %s at %s', (path, address) => {
  expect(pagePath(path)).toBe(address);
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
