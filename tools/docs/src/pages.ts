import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';

/** A text of the repository that is a page of the site. */
export interface Page {
  /** From the top of the repository. */
  readonly path: string;
  readonly title: string;
  /** In which part of the navigation it stands; none for one that stands below another. */
  readonly group?: string;
  /** The paths of those that stand below it. */
  readonly children: readonly string[];
  /** Its place among those of its group. */
  readonly order: number;
  /** Its text, without front matter. */
  readonly text: string;
}

/** The page that the site begins with. */
export const homePage = 'README.md';

/** The parts of the navigation, in order. */
export const groups = ['Guides', 'Packages', 'Deployment', 'Project', 'Modules'];

/** What a page may say of itself before its heading. */
interface FrontMatter {
  readonly title?: string;
  /** Its place among the guides; by default after those that have one. */
  readonly order?: number;
}

/**
 * All pages of the site, in the order of its navigation.
 *
 * @param workspace the top of the repository
 * @throws Error for a page without a heading
 */
export function findPages(workspace: string): readonly Page[] {
  const find = (pattern: string): readonly string[] => globSync(pattern, { cwd: workspace }).sort();
  const read = (path: string, place: Partial<Page> = {}): Page => ({
    ...readPage(join(workspace, path)),
    path,
    children: [],
    ...place,
  });
  const withBelow = (path: string, group: string, below: readonly string[]): readonly Page[] => [
    read(path, { group, children: below }),
    ...below.map((child) => read(child)),
  ];
  return [
    read(homePage, { group: 'Guides', title: 'Overview' }),
    ...find('tools/docs/guides/*.md')
      .map((path) => read(path, { group: 'Guides' }))
      .sort((a, b) => a.order - b.order),
    ...find('packages/*/README.md').flatMap((path) =>
      withBelow(
        path,
        'Packages',
        ['docs/*.md', 'monitoring/*.md', 'CHANGELOG.md'].flatMap((below) => find(join(dirname(path), below))),
      ),
    ),
    ...withBelow('components/README.md', 'Deployment', find('components/*/README.md')),
    ...['SECURITY.md', 'CONTRIBUTING.md'].map((path) => read(path, { group: 'Project' })),
  ];
}

/** A page's own words: the first heading is the title, unless the front matter has one. */
function readPage(file: string): Pick<Page, 'title' | 'order' | 'text'> {
  const [, matter = '', markdown = ''] =
    /^(?:---\n([\s\S]*?\n)---\n)?([\s\S]*)$/.exec(readFileSync(file, 'utf8')) ?? [];
  const [, title] = /^# (.+)$/m.exec(markdown) ?? [];
  if (title === undefined) throw new Error(`${file} has no heading`);
  const said = (parse(matter) ?? {}) as FrontMatter;
  return { title: said.title ?? title, order: said.order ?? Infinity, text: markdown };
}
