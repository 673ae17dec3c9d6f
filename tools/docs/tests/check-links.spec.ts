import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { brokenLinks, externalLinks } from '../src/check-links.ts';
import { readSite } from '../src/site-links.ts';
import { workspace } from './workspace.ts';

const address = 'https://github.com/owner/name';

/** The links of a site with this first page. */
async function check(body: string) {
  const site = await mkdtemp(join(tmpdir(), 'worker-auth-links-'));
  onTestFinished(() => rm(site, { recursive: true }));
  const files = {
    'index.html': body,
    'deep/page.html': '<h2 id="part">Part</h2>',
    'deep/index.html': '',
    'assets/icons.svg': '<svg><g id="icon"></g></svg>',
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(site, path)), { recursive: true });
    await writeFile(join(site, path), text);
  }
  const index = readSite(site);
  const places = { site, base: '/docs/', workspace, address };
  return { broken: brokenLinks(index, places), external: externalLinks(index, places) };
}

it.each([
  ['another page', '<a href="deep/page.html">'],
  ['an anchor of another page', '<a href="deep/page.html#part">'],
  ['a page from the top of the site', '<a href="/docs/deep/page.html">'],
  ['a folder with a page', '<a href="deep/">'],
  ['an anchor of the page', '<p id="here"><a href="#here">'],
  ['the page itself', '<a href="">'],
  ['a part of a picture', '<svg><use href="assets/icons.svg#icon">'],
  ['a file of the repository', `<a href="${address}/blob/main/tools/docs/package.json#L1">`],
  ['a folder of the repository', `<a href="${address}/blob/main/packages/temporal-auth">`],
  ['the repository', `<a href="${address}">`],
  ['another host', '<a href="https://example.com/a#b">'],
])('takes a link to %s', async (_name, body) => {
  expect((await check(body)).broken).toEqual([]);
});

it.each([
  ['no page', '<a href="none.html">', 'none.html is not there'],
  ['a page outside of the site', '<a href="/deep/page.html">', '/deep/page.html is outside of the site'],
  ['no picture', '<img src="media/none.svg">', 'media/none.svg is not there'],
  ['a folder without a page', '<a href="assets/">', 'assets/ is not there'],
  ['no anchor of another page', '<a href="deep/page.html#no">', 'deep/page.html#no has no such anchor'],
  ['no anchor of the page', '<a href="#no">', '#no has no such anchor'],
  [
    'no file of the repository',
    `<a href="${address}/blob/main/none">`,
    `${address}/blob/main/none is not in the repository`,
  ],
  ['another host without TLS', '<a href="http://example.com">', 'http://example.com is no https address'],
  ['no address', '<a href="https://">', 'https:// is no https address'],
])('rejects a link to %s', async (_name, body, fault) => {
  expect((await check(body)).broken).toEqual([`index.html: ${fault}`]);
});

it('lists the addresses of other hosts, each once', async () => {
  const body = `<a href="https://b.example/"><a href="https://a.example/"><a href="https://b.example/"><a href="${address}">`;
  expect((await check(body)).external).toEqual(['https://a.example/', 'https://b.example/']);
});
