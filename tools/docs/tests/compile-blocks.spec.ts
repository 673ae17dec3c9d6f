import { expect, it } from 'vitest';
import { compileBlocks } from '../src/compile-blocks.ts';
import { workspace } from './workspace.ts';

const page = 'packages/token-manager/README.md';

it('says what is wrong with a block, and where', { timeout: 120_000 }, () => {
  const good =
    "import { TokenManager } from '@worker-auth/token-manager';\nexport type Tokens = TokenManager;\n";
  const bad =
    "import { TokenManager } from '@worker-auth/token-manager';\nconst n: number = TokenManager.name;\n";
  const blocks = [good, bad].map((code, index) => ({ page, language: 'ts', code, line: 10 * index + 10 }));
  expect(compileBlocks(blocks, workspace)).toEqual([
    `${page}:22: Type 'string' is not assignable to type 'number'.`,
  ]);
});
