import { type CodeBlock, codeBlocks, isTypeScript } from '@worker-auth/workspace/markdown-blocks';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstalledSubject } from './installed-subject.ts';
import type { Subject } from './subjects.ts';

/** What a fenced block of a page is for. */
export type FenceUse =
  /** A program, or a fragment of one: it has to run. */
  | 'program'
  /** Of the shell: `npm`, `npx` and `node`. */
  | 'command'
  /** Variables that a reader sets. */
  | 'environment'
  /** What a program prints: the test that runs it compares. */
  | 'output'
  /** The lines that change when a project adopts the plugin: `adoption.spec.ts` makes that change. */
  | 'change'
  /** Of Prometheus: its own tool checks it. */
  | 'configuration'
  /** A program of the Python SDK, which a reader has and we do not. */
  | 'python';

/** A block of a package's pages. */
export interface Fence extends CodeBlock {
  /** As `README.md:12`. */
  readonly place: string;
  readonly use: FenceUse;
}

const usesByLanguage: Readonly<Record<string, FenceUse>> = {
  '': 'output',
  text: 'output',
  diff: 'change',
  yaml: 'configuration',
  python: 'python',
};

/**
 * The blocks of the package's pages, as they are installed.
 *
 * @throws Error for one whose use nobody knows: it would be run by nothing
 */
export async function fences(
  { name, pages }: Subject,
  { folder }: InstalledSubject,
): Promise<readonly Fence[]> {
  const found: Fence[] = [];
  for (const page of pages) {
    const text = await readFile(join(folder, 'node_modules/@worker-auth', name, page), 'utf8');
    for (const block of codeBlocks(text)) {
      const place = `${page}:${block.line}`;
      const use = useOf(block);
      if (use === undefined) throw new Error(`${name}, ${place}: nobody knows how to run it`);
      found.push({ ...block, place, use });
    }
  }
  return found;
}

function useOf(block: CodeBlock): FenceUse | undefined {
  if (isTypeScript(block)) return 'program';
  if (block.language !== 'sh') return usesByLanguage[block.language];
  const lines = block.code.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.every((line) => /^(npm install|npm pkg|npx|node) /.test(line))) return 'command';
  return lines.every((line) => /^\w+=\S*$/.test(line)) ? 'environment' : undefined;
}
