import { type CodeBlock, codeBlocks } from '@worker-auth/workspace/markdown-blocks';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstalledSubject } from './installed-subject.ts';
import type { Subject } from './subjects.ts';

/** A block of a package's pages. */
export interface Fence extends CodeBlock {
  /** As `README.md:12`. */
  readonly place: string;
}

/** The blocks of the package's pages, as they are installed. */
export async function fences(
  { name, pages }: Subject,
  { folder }: InstalledSubject,
): Promise<readonly Fence[]> {
  const found = pages.map(async (page) => {
    const text = await readFile(join(folder, 'node_modules/@worker-auth', name, page), 'utf8');
    return codeBlocks(text).map((block) => ({ ...block, place: `${page}:${block.line}` }));
  });
  return (await Promise.all(found)).flat();
}
