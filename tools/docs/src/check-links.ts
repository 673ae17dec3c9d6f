import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { addressOf } from '@worker-auth/workspace/repository';
import type { SiteIndex, SiteLink } from './site-links.ts';

/** What links are checked against. */
export interface LinkPlaces {
  /** The folder of the site. */
  readonly site: string;
  /** Where the site is on its host: `/`, or `/name/`. */
  readonly base: string;
  /** The top of the repository. */
  readonly workspace: string;
  /** Of the repository, for people. */
  readonly address: string;
}

/** Where the site is written to. */
export const siteFolder = join(import.meta.dirname, '../site');

/**
 * What the links of the site are checked against.
 *
 * @param workspace the top of the repository
 */
export function linkPlaces(workspace: string): LinkPlaces {
  const file = join(workspace, 'packages/temporal-auth/package.json');
  const address = addressOf(JSON.parse(readFileSync(file, 'utf8')) as Parameters<typeof addressOf>[0]);
  return { site: siteFolder, base: process.env['DOCS_BASE'] ?? '/', workspace, address };
}

/** The links that lead nowhere, each with its page and what is wrong with it; links to other hosts are looked at alone. */
export function brokenLinks(index: SiteIndex, places: LinkPlaces): readonly string[] {
  return index.links.flatMap((link) => {
    const fault = faultOf(link, index, places);
    return fault === undefined ? [] : [`${link.page}: ${link.target} ${fault}`];
  });
}

/** The addresses of other hosts, each once. */
export function externalLinks({ links }: SiteIndex, { address }: LinkPlaces): readonly string[] {
  const external = links.map(({ target }) => target).filter((target) => isExternal(target));
  return [...new Set(external.filter((target) => !isOfRepository(target, address)))].sort();
}

function faultOf(link: SiteLink, { anchors }: SiteIndex, places: LinkPlaces): string | undefined {
  const { target } = link;
  if (isOfRepository(target, places.address)) return faultInRepository(target, places);
  if (isExternal(target)) {
    return URL.canParse(target) && target.startsWith('https://') ? undefined : 'is no https address';
  }
  const url = new URL(target, `file://${places.base}${link.page}`);
  if (!url.pathname.startsWith(places.base)) return 'is outside of the site';
  const path = decodeURIComponent(url.pathname).slice(places.base.length);
  const page = path === '' || path.endsWith('/') ? `${path}index.html` : path;
  if (!existsSync(join(places.site, page))) return 'is not there';
  const anchor = decodeURIComponent(url.hash).slice(1);
  if (anchor === '' || anchors.get(page)?.has(anchor) === true) return undefined;
  return 'has no such anchor';
}

function isExternal(target: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(target);
}

function isOfRepository(target: string, address: string): boolean {
  return target === address || target.startsWith(`${address}/`);
}

/** Of what the repository has on its main branch; its other pages are not looked at. */
function faultInRepository(target: string, { workspace, address }: LinkPlaces): string | undefined {
  const [, path] = /^\/(?:blob|raw|tree)\/main\/([^#?]+)/.exec(target.slice(address.length)) ?? [];
  if (path === undefined || existsSync(join(workspace, decodeURIComponent(path)))) return undefined;
  return 'is not in the repository';
}
