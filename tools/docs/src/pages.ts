import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A text of the repository that is a page of the site. */
export interface Page {
  /** From the top of the repository. */
  readonly path: string;
  readonly title: string;
  /** In which part of the navigation it stands; none for one that stands below another. */
  readonly group?: string;
  /** The paths of those that stand below it. */
  readonly children: readonly string[];
  readonly text: string;
}

/** The page that the site begins with. */
export const homePage = 'README.md';

/** The parts of the navigation, in order. */
export const groups = ['Guides', 'Packages', 'Deployment', 'Project', 'Modules'];

/**
 * All pages of the site, in the order of its navigation: the guides in that of the README, which leads to them.
 *
 * @param workspace the top of the repository
 * @throws Error for a page without a heading
 */
export function findPages(workspace: string): readonly Page[] {
  const find = (pattern: string): readonly string[] => globSync(pattern, { cwd: workspace }).sort();
  const read = (path: string, place: Partial<Page> = {}): Page => {
    const text = readFileSync(join(workspace, path), 'utf8');
    return { path, title: titleOf(path, text), children: [], text, ...place };
  };
  const withBelow = (path: string, group: string, below: readonly string[]): readonly Page[] => [
    read(path, { group, children: below }),
    ...below.map((child) => read(child)),
  ];
  const home = read(homePage, { group: 'Guides', title: 'Overview' });
  const guides = find('tools/docs/guides/*.md').map((path) => read(path, { group: 'Guides' }));
  return [
    home,
    ...guides.sort((a, b) => home.text.indexOf(a.path) - home.text.indexOf(b.path)),
    ...find('packages/*/README.md').flatMap((path) =>
      withBelow(
        path,
        'Packages',
        ['docs/*.md', 'monitoring/*.md', 'CHANGELOG.md'].flatMap((below) => find(join(dirname(path), below))),
      ),
    ),
    ...withBelow('components/README.md', 'Deployment', find('components/*/README.md')),
    ...['SECURITY.md', ...find('docs/policy.md'), ...find('CODE_OF_CONDUCT.md')].map((path) =>
      read(path, { group: 'Project' }),
    ),
    ...withBelow('CONTRIBUTING.md', 'Project', find('docs/contributing/*.md')),
  ];
}

/** The first heading. */
function titleOf(path: string, text: string): string {
  const [, title] = /^# (.+)$/m.exec(text) ?? [];
  if (title === undefined) throw new Error(`${path} has no heading`);
  return title;
}
