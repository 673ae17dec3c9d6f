import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { undeclaredImports, unknownConditions } from '../undeclared-imports.ts';

const manifest = {
  name: '@ours/example',
  dependencies: { '@scope/declared': '^1.0.0' },
  peerDependencies: { peer: '^1.0.0' },
};
const whole = {
  'index.js':
    "import { join } from 'node:path'; import '@scope/declared/part'; await import('./chunk.js'); // from 'comment'",
  'index.d.ts':
    "import type { Peer } from 'peer'; export { Own } from '@ours/example'; export declare const peer: Peer;",
};

/** What is found in the whole package with some of its files changed. */
async function foundWith(changes: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'undeclared-imports-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  mkdirSync(join(folder, 'dist'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  for (const [file, text] of Object.entries({ ...whole, ...changes }))
    writeFileSync(join(folder, 'dist', file), text);
  return await undeclaredImports(folder);
}

it('finds nothing where all is named', async () => {
  expect(await foundWith({})).toEqual([]);
});

it.each([
  ['a module', 'index.js', "import ky from 'ky/distribution';", 'ky'],
  ['a module that is loaded late', 'index.js', "export const load = () => import('zod/mini');", 'zod'],
  ['a type', 'index.d.ts', "export type { ZodType } from 'zod';", 'zod'],
  [
    'a type within another',
    'index.d.ts',
    "export declare const a: import('@scope/other').A;",
    '@scope/other',
  ],
])('finds %s that package.json does not name', async (_what, file, text, name) => {
  expect(await foundWith({ [file]: text })).toEqual([
    `dist/${file} imports ${name}, which package.json does not name`,
  ]);
});

it('finds a condition of exports that users do not have, and no other', () => {
  const entry = { types: './a.d.ts', import: './a.js', require: { types: './a.d.cts', default: './a.cjs' } };
  expect(unknownConditions({ '.': entry, './package.json': './package.json' })).toEqual([]);
  expect(unknownConditions({ '.': { '@ours/source': './src/a.ts', ...entry } })).toEqual([
    'exports has the condition @ours/source',
  ]);
});
