import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { packageProblems } from '../package-problems.ts';

const manifest = {
  name: '@ours/example',
  dependencies: { '@scope/declared': '^1.0.0' },
  peerDependencies: { peer: '^1.0.0' },
};
const bill = {
  components: [
    { name: 'one', version: '1.0.0' },
    { group: '@scope', name: 'two', version: '2.0.0' },
  ],
};
const map = {
  sources: ['../src/index.ts', '../../../node_modules/one/a.js', '../../../node_modules/@scope/two/b.js'],
};
const whole = {
  'index.js':
    "import { join } from 'node:path'; import '@scope/declared/part'; await import('./chunk.js'); // from 'comment'",
  'index.js.map': JSON.stringify(map),
  'index.d.ts':
    "import type { Peer } from 'peer'; export { Own } from '@ours/example'; export declare const peer: Peer;",
  'sbom.cdx.json': JSON.stringify(bill),
  'THIRD-PARTY-LICENSES.md': '# Compiled in\n\n## @scope/two 2.0.0\n\n## one 1.0.0\n',
};

/** The problems of the whole package with some of its files changed, or taken away. */
async function problemsWith(
  changes: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'package-problems-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  mkdirSync(join(folder, 'dist'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  for (const [file, text] of Object.entries<string | undefined>({ ...whole, ...changes })) {
    if (text !== undefined) writeFileSync(join(folder, 'dist', file), text);
  }
  return await packageProblems(folder);
}

it('finds nothing where all is named', async () => {
  expect(await problemsWith({})).toEqual([]);
});

it('finds nothing where nothing of others is', async () => {
  const changes = {
    'index.js.map': '{"sources":["../src/index.ts"]}',
    'sbom.cdx.json': undefined,
    'THIRD-PARTY-LICENSES.md': undefined,
  };
  expect(await problemsWith(changes)).toEqual([]);
});

describe('what package.json does not name', () => {
  it.each([
    ['a module', 'index.js', "import ky from 'ky/distribution';", 'ky'],
    ['a module that is loaded late', 'index.js', "export const load = () => import('zod/mini');", 'zod'],
    ['a type', 'index.d.ts', "export type { ZodType } from 'zod';", 'zod'],
    [
      'a type within another',
      'index.d.ts',
      "export declare const schema: import('@scope/other').Schema;",
      '@scope/other',
    ],
  ])('is found: %s', async (_what, file, text, name) => {
    expect(await problemsWith({ [file]: text })).toEqual([
      `dist/${file} imports ${name}, which package.json does not name`,
    ]);
  });
});

describe('what is compiled in and not named', () => {
  it.each([
    [
      'in the bill of materials',
      {
        'sbom.cdx.json': JSON.stringify({ components: bill.components.slice(1) }),
        'THIRD-PARTY-LICENSES.md': '## @scope/two 2.0.0',
      },
      'one is in the source maps and not in sbom.cdx.json',
    ],
    [
      'among the licences',
      { 'THIRD-PARTY-LICENSES.md': '## one 1.0.0\n' },
      '@scope/two 2.0.0 is in sbom.cdx.json and not in THIRD-PARTY-LICENSES.md',
    ],
  ])('is found: %s', async (_what, changes, problem) => {
    expect(await problemsWith(changes)).toEqual([problem]);
  });

  it('is found where neither is there', async () => {
    expect(
      await problemsWith({ 'sbom.cdx.json': undefined, 'THIRD-PARTY-LICENSES.md': undefined }),
    ).toHaveLength(2);
  });
});

describe('what is named and not compiled in', () => {
  it('is found', async () => {
    expect(
      await problemsWith({ 'index.js.map': JSON.stringify({ sources: map.sources.slice(0, 2) }) }),
    ).toEqual(['@scope/two is in sbom.cdx.json and not in the source maps']);
  });

  it('is found: an older version among the licences', async () => {
    const page = whole['THIRD-PARTY-LICENSES.md'].replace('one 1.0.0', 'one 0.9.0');
    expect(await problemsWith({ 'THIRD-PARTY-LICENSES.md': page })).toEqual([
      'one 1.0.0 is in sbom.cdx.json and not in THIRD-PARTY-LICENSES.md',
      'one 0.9.0 is in THIRD-PARTY-LICENSES.md and not in sbom.cdx.json',
    ]);
  });
});
