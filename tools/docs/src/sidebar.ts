import type { DefaultTheme } from 'vitepress';
import { entryPoints } from './entry-points.ts';
import { findSections, type Page, pagePath } from './pages.ts';

/**
 * What stands beside each page.
 *
 * @param workspace the top of the repository
 */
export function sidebar(workspace: string): DefaultTheme.SidebarItem[] {
  const groups = findSections(workspace).map(({ title, pages }, index) => ({
    text: title,
    collapsed: index > 1,
    items: pages.map((page) => ({ text: shortTitle(page), link: `/${pagePath(page.path)}` })),
  }));
  const reference = entryPoints(workspace).map(({ name }) => {
    const text = name.replace('@worker-auth/', '');
    return { text, link: `/api/${text}/` };
  });
  return [
    ...groups.slice(0, -1),
    { text: 'API reference', collapsed: true, items: reference },
    ...groups.slice(-1),
  ];
}

function shortTitle({ path, title }: Page): string {
  if (path === 'README.md') return 'The repository';
  return title.replace('@worker-auth/', '').replaceAll('`', '');
}
