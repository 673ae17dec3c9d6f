import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { addressOf } from '@worker-auth/workspace/repository';
import type { LinkPlaces } from './check-links.ts';

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
