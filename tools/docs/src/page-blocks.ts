import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CodeBlock, codeBlocks, fileBefore } from '@worker-auth/workspace/markdown-blocks';
import { findPages } from './pages.ts';

/** A block of code of a page of the site. */
export interface PageBlock extends CodeBlock {
  /** The page, from the top of the repository. */
  readonly page: string;
  /** How the words before it call the file that it is: others of the page import it by that name. */
  readonly file?: string | undefined;
}

/** The blocks of code of all pages of the site. */
export function pageBlocks(workspace: string): readonly PageBlock[] {
  return findPages(workspace).flatMap(({ path }) => {
    const markdown = readFileSync(join(workspace, path), 'utf8');
    return codeBlocks(markdown).map((block) => ({
      page: path,
      file: fileBefore(markdown, block.line),
      ...block,
    }));
  });
}

/** Where a block stands, for people and for editors. */
export function placeOf({ page, line }: PageBlock): string {
  return `${page}:${line}`;
}
