import { expect, it } from 'vitest';
import { compileBlocks } from '../src/compile-blocks.ts';
import { workspace } from '../tests/workspace.ts';

const page = 'packages/token-manager/README.md';

it('says what is wrong with a block, and where', () => {
  const good =
    "import { TokenManager } from '@worker-auth/token-manager';\nexport type Tokens = TokenManager;\n";
  const bad =
    "import { TokenManager } from '@worker-auth/token-manager';\nconst n: number = TokenManager.name;\n";
  const blocks = [good, bad].map((code, index) => ({ page, language: 'ts', code, line: 10 * index + 10 }));
  expect(compileBlocks(blocks, workspace)).toEqual([
    `${page}:22: Type 'string' is not assignable to type 'number'.`,
  ]);
});

it('lets a block import another one of its page by the name of its file', () => {
  const store = { page, language: 'ts', file: 'store.ts', code: 'export const size = 1;\n', line: 10 };
  const good = {
    page,
    language: 'ts',
    code: "import { size } from './store.ts';\nconsole.log(size);\n",
    line: 20,
  };
  const elsewhere = { ...good, page: 'README.md' };
  expect(compileBlocks([store, good, elsewhere], workspace)).toEqual([
    expect.stringContaining("README.md:21: Cannot find module './store.ts'"),
  ]);
});
