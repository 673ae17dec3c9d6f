import { cpSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { changeProse } from '@worker-auth/workspace/markdown-blocks';
import { changeLinks, isPicture, repositoryLink } from '@worker-auth/workspace/markdown-links';
import { stringify } from 'yaml';
import type { Page } from './pages.ts';

/** Where the pages come from, and where they go. */
export interface PagePlaces {
  /** The top of the repository. */
  readonly workspace: string;
  /** The folder for what TypeDoc reads: the same tree, of pages and their pictures alone. */
  readonly target: string;
  /** Of the repository, for people. */
  readonly address: string;
}

/**
 * Writes the pages as TypeDoc takes them: title and place in the front matter, and links to what is no part of the site to the repository.
 *
 * @returns the files of those that stand below no other, in order
 */
export function stagePages(pages: readonly Page[], places: PagePlaces): readonly string[] {
  const paths = new Set(pages.map(({ path }) => path));
  for (const { path, title, group, children, text } of pages) {
    const folder = dirname(path);
    const frontMatter = { title, path, group, children: children.map((child) => relative(folder, child)) };
    const changed = changeProse(text, (prose) =>
      changeLinks(prose, folder, (target, anchor) => linkTo(target, anchor, folder, paths, places)),
    );
    write(join(places.target, path), `---\n${stringify(frontMatter)}---\n\n${changed}`);
  }
  return pages.filter(({ group }) => group !== undefined).map(({ path }) => join(places.target, path));
}

function linkTo(
  target: string,
  anchor: string,
  folder: string,
  pages: ReadonlySet<string>,
  { workspace, target: staged, address }: PagePlaces,
): string {
  const path = target.replace(/\/$/, '');
  const page = isFolder(join(workspace, path)) ? join(path, 'README.md') : path;
  const isPage = pages.has(page);
  if (!isPage && !isPicture(path)) return repositoryLink(address, path, anchor);
  if (!isPage) cpSync(join(workspace, path), join(staged, path));
  return `./${relative(folder, isPage ? page : path)}${anchor}`;
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
