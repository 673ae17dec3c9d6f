import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { codeBlocks } from '@worker-auth/workspace/markdown-blocks';
import MiniSearch from 'minisearch';
import { expect, it } from 'vitest';
import { withTabs } from '../src/code-groups.ts';
import { entryPoints } from '../src/entry-points.ts';
import { siteFolder } from '../src/check-links.ts';
import { findPages, pagePath } from '../src/pages.ts';
import { miniSearch } from '../src/search.ts';
import { readSite } from '../src/site-links.ts';
import { workspace } from '../tests/workspace.ts';

const project = join(import.meta.dirname, '..');
execFileSync(process.execPath, ['--conditions=@worker-auth/source', 'src/main.ts'], { cwd: project });
const site = readSite(siteFolder);
const pages = findPages(workspace);

function read(path: string): string {
  return readFileSync(join(siteFolder, path), 'utf8');
}

/** Without the navigation. */
function contentOf(path: string): string {
  return read(path).replace(/^.*?id="VPContent"/s, '');
}

it('has a page for each text and each public entry', () => {
  const expected = [
    ...pages.map(({ path }) => pagePath(path)),
    ...entryPoints(workspace).map(({ name }) => `api/${name.replace('@worker-auth/', '')}/index.html`),
  ];
  expect(expected.length).toBeGreaterThan(20);
  expect(expected.filter((path) => !existsSync(join(siteFolder, path)))).toEqual([]);
});

it('has read the links that the build checks', () => {
  expect(site.links.length).toBeGreaterThan(10_000);
});

it('shows each block of code of a page, and draws each diagram', () => {
  for (const { path } of pages) {
    const blocks = codeBlocks(withTabs(readFileSync(join(workspace, path), 'utf8')));
    const diagrams = blocks.filter(({ language }) => language === 'mermaid');
    const html = contentOf(pagePath(path));
    const shown = [
      html.match(/<pre[ >]/g)?.length ?? 0,
      html.match(/<figure class="diagram"[^>]*><svg/g)?.length ?? 0,
    ];
    expect([path, ...shown]).toEqual([path, blocks.length - diagrams.length, diagrams.length]);
  }
});

it('has headings in order, and one of the first level, on every page', () => {
  const faults = [...site.anchors.keys()]
    // The first has no content; in the second TypeDoc leaves levels out.
    .filter((path) => /(?<!^404|^api.*variables.*)\.html$/.test(path))
    .filter((path) => {
      const levels = [...contentOf(path).matchAll(/<h([1-6])(?: aria-level="(\d)")?[\s>]/g)].map(
        ([, tag, said]) => Number(said ?? tag),
      );
      const isInOrder = levels.every((level, index) => level <= (levels[index - 1] ?? 0) + 1);
      return !isInOrder || levels.filter((level) => level === 1).length !== 1;
    });
  expect(faults).toEqual([]);
});

it('has an icon, and a card for those who link to it', () => {
  const html = read('index.html');
  const [, icon = ''] = /<link rel="icon" [^>]*href="\/(.*?)"/.exec(html) ?? [];
  const [, card = ''] = /<meta property="og:image" content="https:\/\/[\w.-]+\/(.*?)"/.exec(html) ?? [];
  expect(read(icon)).toContain('<svg');
  const png = readFileSync(join(siteFolder, card));
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1_200, 630]);
});

it('sends the index of its search in less than 200 kB', () => {
  const [chunk = ''] = globSync('assets/chunks/@localSearchIndexroot.*.js', { cwd: siteFolder });
  expect(gzipSync(readFileSync(join(siteFolder, chunk))).length).toBeLessThan(200_000);
});

const index = await searchIndex();

/** Where the first hit of a query is. */
function firstHit(query: string): string {
  return String(index.search(query)[0]?.id);
}

/** As the search of the site reads it. */
async function searchIndex(): Promise<MiniSearch> {
  const [chunk = ''] = globSync('assets/chunks/@localSearchIndexroot.*.js', { cwd: siteFolder });
  const url = pathToFileURL(join(siteFolder, chunk)).href;
  const { default: json } = (await import(url)) as { readonly default: string };
  return MiniSearch.loadJSON(json, {
    fields: ['title', 'titles', 'text'],
    storeFields: ['title', 'titles'],
    searchOptions: miniSearch.searchOptions,
    ...miniSearch.options,
  });
}

const temporalAuth = '/packages/temporal-auth/docs';

it.each([
  ['getting started', '/guides/start-in-five-minutes.html'],
  ['install', '/guides/start-in-five-minutes.html'],
  ['plugin', `${temporalAuth}/plugin.html`],
  ['TemporalWorkflowClient', `${temporalAuth}/client.html`],
  ['environment variables', '/reference/environment.html'],
  ['proxy', `${temporalAuth}/network.html`],
  ['CommonJS', `${temporalAuth}/compatibility.html`],
  ['Keycloak', '/guides/providers/keycloak.html'],
  ['Auth0', '/guides/providers/auth0.html'],
  ['Okta', '/guides/providers/okta.html'],
  ['Entra', '/guides/providers/entra-id.html'],
  ['SPIFFE', '/packages/token-manager/docs/client-authentication.html#spiffe'],
  ['Dapr', '/packages/secret-store/docs/dapr.html'],
  ['Vault', '/guides/write-a-secret-back-end.html'],
  ['rotate secret', '/guides/kubernetes.html#4-rotate-the-secret'],
  ['Kubernetes', '/guides/kubernetes.html'],
  ['container', '/guides/container.html'],
  ['Docker', '/guides/container.html'],
  ['Lambda', '/guides/aws-lambda.html'],
  ['Express', '/guides/frameworks.html'],
  ['nestjs', '/guides/frameworks.html'],
  ['axios', '/guides/frameworks.html'],
  ['grpc', '/guides/frameworks.html#grpc'],
  ['getToken', '/guides/frameworks.html#axios'],
  ['Request unauthorized', `${temporalAuth}/runbook/messages.html#request-unauthorized`],
  ['Poll failure', `${temporalAuth}/runbook/messages.html#poll-failure`],
  [
    'Namespace default was not found',
    `${temporalAuth}/runbook/messages.html#namespace-default-was-not-found`,
  ],
  ['invalid_client', `${temporalAuth}/runbook/messages.html#invalid_client`],
  ['ECONNREFUSED', `${temporalAuth}/errors.html#econnrefused-and-other-system-errors`],
  ['PERMISSION_DENIED', `${temporalAuth}/rejected-tokens.html`],
  ['UNAUTHENTICATED', `${temporalAuth}/rejected-tokens.html`],
  ['doctor', `${temporalAuth}/doctor.html`],
  ['health', `${temporalAuth}/health.html`],
  ['log', `${temporalAuth}/log-events.html`],
  ['Prometheus', `${temporalAuth}/metrics.html#an-example-with-prometheus`],
  ['Python', '/guides/python-behind-the-proxy.html'],
  ['migrate', `${temporalAuth}/migrate-from-python.html`],
  ['unit test', '/guides/test-with-the-fakes.html'],
  ['fake clock', '/packages/testing-fakes/docs/fake-clock.html'],
])('finds %s first where it is explained', (query, address) => {
  expect(firstHit(query).slice(0, address.length)).toBe(address);
});

it('finds each error code and each alert first in the runbook', () => {
  const expected = globSync('packages/temporal-auth/docs/runbook/*.md', { cwd: workspace }).flatMap(
    (path) => {
      const text = readFileSync(join(workspace, path), 'utf8');
      return [...text.matchAll(/^### ([A-Z]\w+)$/gm)].map(([, code = '']) => ({
        code,
        address: `/${pagePath(path)}#${code.toLowerCase()}`,
      }));
    },
  );
  expect(expected.length).toBeGreaterThan(60);
  expect(expected.filter(({ code, address }) => firstHit(code) !== address)).toEqual([]);
});

it('finds each variable in the reference of the environment, among the first three', () => {
  const page = readFileSync(join(workspace, 'docs/reference/environment.md'), 'utf8');
  const rows = page.match(/^\| `.*/gm)?.join('\n') ?? '';
  const names = [...new Set(rows.match(/\b[A-Z]+(?:_[A-Z0-9]+)+\b/g))];
  expect(names.length).toBeGreaterThan(40);
  const hidden = names.filter((name) => {
    const hits = index.search(name).slice(0, 3);
    return !hits.some(({ id }) => String(id).startsWith('/reference/environment.html'));
  });
  expect(hidden).toEqual([]);
});
