import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vitepress';
import { writeApiReference } from './api-reference.ts';
import { brokenLinks, linkPlaces, siteFolder } from './check-links.ts';
import { findPages } from './pages.ts';
import { readSite } from './site-links.ts';
import { stagePages } from './stage-pages.ts';

const project = join(import.meta.dirname, '..');

/**
 * Builds the site: the pages where they lie in the repository, the reference of every public entry, and one search over all of them.
 *
 * @param workspace the top of the repository
 * @throws Error for a link that leads nowhere, a diagram that cannot be drawn, or a type that nobody can import
 */
export async function buildSite(workspace: string): Promise<void> {
  const target = join(project, 'pages');
  const places = linkPlaces(workspace);
  await rm(target, { recursive: true, force: true });
  stagePages(findPages(workspace), { workspace, target, address: places.address });
  await writeApiReference(workspace, join(target, 'api'), places.address);
  await build(project);
  const faults = brokenLinks(readSite(siteFolder), places);
  if (faults.length > 0) throw new Error(`Links lead nowhere:\n${faults.join('\n')}`);
}
