import type { Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { execFile } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { secretBackendGenerator } from '../generators/secret-backend.ts';

const workspace = join(import.meta.dirname, '../../..');
const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** The files of this workspace that the generators read. */
function treeOfWorkspace(): Tree {
  const tree = createTreeWithEmptyWorkspace();
  for (const file of globSync('packages/secret-store/src/**/*.ts', { cwd: workspace, withFileTypes: true })) {
    const path = join(file.parentPath, file.name);
    if (file.isFile()) tree.write(path.slice(workspace.length + 1), readFileSync(path));
  }
  return tree;
}

/** A workspace on disk with secret-store as it is in the tree. Runs its types and a spec, and returns what vitest counted. */
async function checked(tree: Tree, spec: string): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'generated-'));
  folders.push(folder);
  symlinkSync(join(workspace, 'node_modules'), join(folder, 'node_modules'));
  for (const file of [
    'tsconfig.base.json',
    'packages/secret-store/package.json',
    'packages/secret-store/vitest.config.ts',
  ])
    cpSync(join(workspace, file), join(folder, file));
  for (const { path, content } of tree.listChanges()) {
    if (!path.startsWith('packages/secret-store/')) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content ?? '');
  }
  const compilerOptions = {
    composite: false,
    emitDeclarationOnly: false,
    declaration: false,
    declarationMap: false,
    noEmit: true,
  };
  const include = ['packages/secret-store/src', 'packages/secret-store/tests'];
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: './tsconfig.base.json', compilerOptions, include }),
  );
  const env = { ...process.env, TEST_REPORT: join(folder, 'report.json'), TEST_RING: '' };
  const run = (program: string, args: readonly string[], cwd: string) =>
    promisify(execFile)(join(workspace, 'node_modules/.bin', program), args, { cwd, env });
  await run('tsc', ['--project', folder], folder);
  await run('vitest', ['run', spec], join(folder, 'packages/secret-store'));
  return JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
}

describe('the generator of secret back ends', () => {
  it('makes one whose types are right, and which keeps the contract', async () => {
    const tree = treeOfWorkspace();
    secretBackendGenerator(tree, { name: 'big-safe' });
    expect(await checked(tree, 'big-safe-store')).toMatchObject({
      success: true,
      numPendingTests: 0,
      numPassedTests: 31,
    });
  });

  it('overwrites none', () => {
    const again = { name: 'memory' };
    expect(() => secretBackendGenerator(treeOfWorkspace(), again)).toThrow(
      'memory-store.ts is there already',
    );
  });
});
