import { join } from 'node:path';
import { defineConfig } from 'vitepress';
import { linkPlaces } from '../src/check-links.ts';
import { findPages } from '../src/pages.ts';
import { stagedPath } from '../src/stage-pages.ts';
import { markdown } from '../src/markdown-parser.ts';
import { accessibleTheme } from '../src/accessible-theme.ts';
import { headOf } from '../src/head.ts';
import { miniSearch, renderForSearch } from '../src/search.ts';
import { sidebar } from '../src/sidebar.ts';

const workspace = join(import.meta.dirname, '../../..');
const places = linkPlaces(workspace);
const { address, base } = places;
const sources = new Map(findPages(workspace).map(({ path }) => [stagedPath(path), path]));
sources.set('index.md', 'README.md');

export default defineConfig({
  title: 'worker-auth',
  description: 'OAuth2 for Temporal clients and workers',
  base,
  srcDir: 'pages',
  outDir: 'site',
  markdown,
  head: headOf(places),
  vite: { publicDir: join(import.meta.dirname, '../public'), plugins: [accessibleTheme()] },
  // The reference of the API comes from the sources, and has no page to edit.
  transformPageData: ({ frontmatter, relativePath }) => {
    const source = sources.get(relativePath);
    frontmatter['editLink'] = source !== undefined;
    frontmatter['editUrl'] = `${address}/edit/main/${source}`;
  },
  themeConfig: {
    // It runs in the browser: it knows nothing of this file.
    editLink: { pattern: ({ frontmatter }) => String(frontmatter['editUrl']), text: 'Edit this page' },
    nav: [
      { text: 'Start', link: '/guides/start-in-five-minutes' },
      { text: 'API reference', link: '/api/' },
      { text: 'Repository', link: address },
    ],
    sidebar: sidebar(workspace),
    outline: [2, 3],
    search: { provider: 'local', options: { miniSearch, _render: renderForSearch } },
  },
});
