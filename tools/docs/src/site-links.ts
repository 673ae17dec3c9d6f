import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DefaultTreeAdapterTypes, defaultTreeAdapter, parse } from 'parse5';

/** A link of a page of the site. */
export interface SiteLink {
  /** The page, or the picture, that has it: a path in the site. */
  readonly page: string;
  /** As it stands there. */
  readonly target: string;
}

/** What stands in a site that has been built. */
export interface SiteIndex {
  readonly links: readonly SiteLink[];
  /** What can be led to in each page and each picture, by its path in the site. */
  readonly anchors: ReadonlyMap<string, ReadonlySet<string>>;
}

const linkAttributes: ReadonlySet<string> = new Set(['href', 'src']);

/**
 * All links of a site.
 *
 * @param site its folder
 */
export function readSite(site: string): SiteIndex {
  const links: SiteLink[] = [];
  const anchors = new Map<string, ReadonlySet<string>>();
  for (const page of globSync('**/*.{html,svg}', { cwd: site }).sort()) {
    const ids = new Set<string>();
    for (const { name, value } of attributesOf(parse(readFileSync(join(site, page), 'utf8')))) {
      if (name === 'id') ids.add(value);
      else if (linkAttributes.has(name)) links.push({ page, target: value });
    }
    anchors.set(page, ids);
  }
  return { links, anchors };
}

function attributesOf(node: DefaultTreeAdapterTypes.Node): readonly { name: string; value: string }[] {
  const attributes = defaultTreeAdapter.isElementNode(node) ? node.attrs : [];
  const children = 'childNodes' in node ? node.childNodes : [];
  return [...attributes, ...children.flatMap(attributesOf)];
}
