import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type PageBlock, placeOf } from './page-blocks.ts';

const docs = join(import.meta.dirname, '..');

/** Where the blocks are as files while they are compiled. */
const folder = join(docs, 'reports/blocks');

const settings = {
  extends: '../../../../tsconfig.base.json',
  compilerOptions: {
    ...{
      composite: false,
      declaration: false,
      declarationMap: false,
      emitDeclarationOnly: false,
      noEmit: true,
    },
    // A block shows a part of a program: what it makes, the reader uses.
    noUnusedLocals: false,
    moduleDetection: 'force',
  },
  // The second has the declarations of packages that are not dependencies here.
  include: ['**/*.ts', '../../src/not-installed.d.ts'],
};

/**
 * Has the compiler read blocks of TypeScript against the sources of this repository, each as a module of its own beside those of its page.
 *
 * @param workspace the top of the repository
 * @returns what is wrong with them, each with its place
 */
export function compileBlocks(blocks: readonly PageBlock[], workspace: string): readonly string[] {
  const files = new Map(blocks.map((block) => [fileOf(block, blocks), block] as const));
  const tsc = [join(workspace, 'node_modules/.bin/tsc'), '-p', '.', '--pretty', 'false'];
  try {
    for (const [file, { code }] of [
      ...files,
      ['tsconfig.json', { code: JSON.stringify(settings) }] as const,
    ]) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), code);
    }
    const { status, stdout } = spawnSync(process.execPath, tsc, { cwd: folder, encoding: 'utf8' });
    if (status === 0) return [];
    return stdout.split(/\n(?!\s|$)/).map((fault) => {
      const [, file = '', line, message] = /^(.*)\((\d+),\d+\): (.*)/s.exec(fault) ?? [];
      const block = files.get(file);
      if (block === undefined) return fault;
      return `${placeOf({ ...block, line: block.line + Number(line) })}: ${message ?? ''}`;
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Each page has a folder of its own; of two blocks with one name the first has it. */
function fileOf(block: PageBlock, blocks: readonly PageBlock[]): string {
  const { page, file, line } = block;
  const first = blocks.find((each) => each.page === page && each.file === file);
  const name = file !== undefined && first === block ? file : `example-${line}.ts`;
  return join(page.replace(/\.md$/, ''), name);
}
