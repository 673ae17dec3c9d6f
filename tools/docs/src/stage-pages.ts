import { cpSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { changeProse } from '@worker-auth/workspace/markdown-blocks';
import { changeLinks, isPicture, repositoryLink } from '@worker-auth/workspace/markdown-links';
import { withTabs } from './code-groups.ts';
import { homePage } from './home.ts';
import { type Page, pagePath } from './pages.ts';

/** Where the pages come from, and where they go. */
export interface PagePlaces {
  /** The top of the repository. */
  readonly workspace: string;
  /** The folder that VitePress reads: the tree of the site, of pages and their pictures alone. */
  readonly target: string;
  /** Of the repository, for people. */
  readonly address: string;
}

/** Writes the pages where the site has them. Links to what is no part of the site lead to the repository. */
export function stagePages(pages: readonly Page[], places: PagePlaces): void {
  const paths = new Set(pages.map(({ path }) => path));
  for (const { path, text } of pages) {
    write(join(places.target, stagedPath(path)), withLinks(text, path, stagedPath(path), paths, places));
    if (path === 'README.md') {
      write(join(places.target, 'index.md'), withLinks(homePage(text), path, 'index.md', paths, places));
    }
  }
}

/** Where the text of a page is in the tree that VitePress reads. */
export function stagedPath(path: string): string {
  return pagePath(path).replace(/html$/, 'md');
}

function withLinks(
  text: string,
  from: string,
  staged: string,
  pages: ReadonlySet<string>,
  { workspace, target: folder, address }: PagePlaces,
): string {
  const linked = changeProse(text, (prose) =>
    changeLinks(prose.replaceAll(/<!--.*?-->\n*/gs, ''), dirname(from), (target, anchor) => {
      const path = target.replace(/\/$/, '');
      const page = isFolder(join(workspace, path)) ? join(path, 'README.md') : path;
      if (pages.has(page)) return `./${relative(dirname(staged), stagedPath(page))}${anchor}`;
      if (!isPicture(path)) return repositoryLink(address, path, anchor);
      const picture = path.replace(/^docs\//, '');
      cpSync(join(workspace, path), join(folder, picture));
      return `./${relative(dirname(staged), picture)}`;
    }),
  );
  return withTabs(linked);
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
