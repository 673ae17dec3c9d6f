import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeBlocks } from '@worker-auth/workspace/markdown-blocks';
import { expect, it } from 'vitest';
import { buildSite, repositoryAddress, siteFolder } from '../src/build-site.ts';
import { brokenLinks } from '../src/check-links.ts';
import { entryPoints } from '../src/entry-points.ts';
import { findPages } from '../src/pages.ts';
import { pagePath } from '../src/router.ts';
import { readSite } from '../src/site-links.ts';
import { workspace } from '../tests/workspace.ts';

await buildSite(workspace);
const site = readSite(siteFolder);
const places = { site: siteFolder, workspace, address: repositoryAddress(workspace) };
const pages = findPages(workspace);

function read(path: string): string {
  return readFileSync(join(siteFolder, path), 'utf8');
}

it('has a page for each text and each public entry', () => {
  const expected = [
    ...pages.map(({ path }) => pagePath(path)),
    ...entryPoints(workspace).map(({ name }) => `api/${name.replace('@worker-auth/', '')}.html`),
  ];
  expect(expected.length).toBeGreaterThan(20);
  expect(expected.filter((path) => !existsSync(join(siteFolder, path)))).toEqual([]);
});

it('has no link that leads nowhere', () => {
  expect(site.links.length).toBeGreaterThan(10_000);
  expect(brokenLinks(site, places)).toEqual([]);
});

it('loads nothing from another host', () => {
  const loading =
    /<(?:script|img|iframe|source|link)\b[^>]*?(?:src|href)="https?:[^"]*"|@import|url\(["']?https?:/g;
  const files = globSync('**/*.{html,css,js}', { cwd: siteFolder });
  expect(files.flatMap((path) => read(path).match(loading) ?? [])).toEqual([]);
});

it('shows each block of code of a page, and draws each diagram', () => {
  for (const { path } of pages) {
    const blocks = codeBlocks(readFileSync(join(workspace, path), 'utf8'));
    const diagrams = blocks.filter(({ language }) => language === 'mermaid');
    const html = read(pagePath(path));
    const shown = [
      html.match(/<pre>/g)?.length ?? 0,
      html.match(/<figure class="diagram"><svg/g)?.length ?? 0,
    ];
    expect([path, ...shown]).toEqual([path, blocks.length - diagrams.length, diagrams.length]);
  }
});

it('has headings in order, and one of the first level, on every page', () => {
  const faults = [...site.anchors.keys()]
    .filter((path) => path.endsWith('.html'))
    .filter((path) => {
      const levels = [...read(path).matchAll(/<h([1-6])(?: aria-level="(\d)")?[\s>]/g)].map(([, tag, said]) =>
        Number(said ?? tag),
      );
      const isInOrder = levels.every((level, index) => level <= (levels[index - 1] ?? 0) + 1);
      return !isInOrder || levels.filter((level) => level === 1).length !== 1;
    });
  expect(faults).toEqual([]);
});
