import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { relatedSpecs } from '../related-specs.ts';

const workspace = {
  'packages/a/src/deep.ts': 'export const deep = 1;',
  'packages/a/src/index.ts': "export { deep } from './deep.ts';",
  'packages/a/src/types.ts': "import type { deep } from './deep.ts';",
  'packages/a/tests/deep.spec.ts': "import { deep } from '../src/deep.ts';",
  'packages/a/tests/index.spec.ts': "import {\n  deep,\n} from '../src/index.ts';",
  'packages/a/tests/types.spec.ts': "import '../src/types.ts';",
  'packages/b/src/late.ts': "export const late = () => import('@x/a');",
  'packages/b/tests/late.spec.ts': "import { late } from '../src/late.ts';",
  'tools/c/src/shared.ts': 'export const shared = 1;',
  'packages/b/tests/shared.spec.ts': "import { shared } from '@x/c';",
};

async function related(...changed: readonly string[]): Promise<readonly string[]> {
  const root = await mkdtemp(join(tmpdir(), 'related-'));
  onTestFinished(() => rm(root, { recursive: true }));
  for (const [file, code] of Object.entries(workspace)) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), code);
  }
  const paths = (files: readonly string[]): readonly string[] => files.map((file) => join(root, file));
  const entries = { '@x/a': 'packages/a/src/index.ts', '@x/c': 'tools/c/src/shared.ts' };
  const { specs, left } = relatedSpecs(
    root,
    paths(changed),
    paths(Object.keys(workspace)),
    new Map(Object.entries(entries).map(([name, file]) => [name, join(root, file)])),
  );
  return [...specs.map((spec) => relative(root, spec)), `${left} more`];
}

it('the nearest specs of the project come first; those that import types alone do not come', async () => {
  expect(await related('packages/a/src/deep.ts')).toEqual([
    'packages/a/tests/deep.spec.ts',
    'packages/a/tests/index.spec.ts',
    '1 more',
  ]);
});

it('a spec that changed runs itself', async () => {
  expect(await related('packages/a/tests/types.spec.ts')).toEqual([
    'packages/a/tests/types.spec.ts',
    '0 more',
  ]);
});

it('where the project has none, those of others run, also of who imports late', async () => {
  expect(await related('tools/c/src/shared.ts')).toEqual(['packages/b/tests/shared.spec.ts', '0 more']);
  expect(await related('packages/b/src/late.ts')).toEqual(['packages/b/tests/late.spec.ts', '0 more']);
});
