import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sections } from './sections.ts';

/** A text of the repository that is a page of the site. */
export interface Page {
  /** From the top of the repository. */
  readonly path: string;
  /** The first heading. */
  readonly title: string;
  readonly text: string;
}

/** A part of the sidebar, with its pages in order. */
export interface SectionPages {
  readonly title: string;
  readonly pages: readonly Page[];
}

/**
 * The sidebar: the pages of each section, in order.
 *
 * @param workspace the top of the repository
 * @throws Error for a page without a heading, and for a guide that no section names
 */
export function findSections(workspace: string): readonly SectionPages[] {
  const seen = new Set<string>();
  const found = sections.map(({ title, pages }) => ({
    title,
    pages: pages.flatMap((pattern) =>
      globSync(pattern, { cwd: workspace })
        .sort()
        .filter((path) => !seen.has(path) && seen.add(path))
        .map((path) => readPage(workspace, path)),
    ),
  }));
  const forgotten = globSync('docs/**/*.md', { cwd: workspace }).filter((path) => !seen.has(path));
  if (forgotten.length > 0) throw new Error(`tools/docs/src/sections.ts names no ${forgotten.join(', ')}`);
  return found;
}

/**
 * All pages of the site.
 *
 * @param workspace the top of the repository
 */
export function findPages(workspace: string): readonly Page[] {
  return findSections(workspace).flatMap(({ pages }) => pages);
}

/**
 * Where a page is in the site.
 *
 * @param path of its text, from the top of the repository
 */
export function pagePath(path: string): string {
  if (path === 'README.md') return 'repository.html';
  return path
    .replace(/^docs\//, '')
    .replace(/README\.md$/, 'index.html')
    .replace(/\.md$/, '.html');
}

function readPage(workspace: string, path: string): Page {
  const text = readFileSync(join(workspace, path), 'utf8');
  const [, title] = /^# (.+)$/m.exec(text) ?? [];
  if (title === undefined) throw new Error(`${path} has no heading`);
  return { path, title, text };
}
