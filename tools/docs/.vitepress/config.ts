import { join } from 'node:path';
import { defineConfig } from 'vitepress';
import { linkPlaces } from '../src/link-places.ts';
import { markdown } from '../src/markdown-parser.ts';
import { miniSearch } from '../src/search.ts';
import { sidebar } from '../src/sidebar.ts';

const workspace = join(import.meta.dirname, '../../..');
const { address, base } = linkPlaces(workspace);

export default defineConfig({
  title: 'worker-auth',
  description: 'OAuth2 for Temporal clients and workers',
  base,
  srcDir: 'pages',
  outDir: 'site',
  markdown,
  themeConfig: {
    nav: [
      { text: 'Start', link: '/guides/start-in-five-minutes' },
      { text: 'API reference', link: '/api/' },
      { text: 'Repository', link: address },
    ],
    sidebar: sidebar(workspace),
    outline: [2, 3],
    search: { provider: 'local', options: { miniSearch } },
  },
});
