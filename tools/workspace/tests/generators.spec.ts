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
import { afterAll, describe, expect, it, vi } from 'vitest';
import { packageGenerator } from '../generators/package.ts';
import { secretBackendGenerator } from '../generators/secret-backend.ts';

const workspace = join(import.meta.dirname, '../../..');
const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** The files of this workspace that the generators read. */
function treeOfWorkspace(): Tree {
  const tree = createTreeWithEmptyWorkspace();
  const files = ['packages/refresh-scheduler/*', 'packages/secret-store/src/**/*.ts', 'tsconfig.json'];
  for (const file of globSync(files, { cwd: workspace, withFileTypes: true })) {
    const path = join(file.parentPath, file.name);
    if (file.isFile()) tree.write(path.slice(workspace.length + 1), readFileSync(path));
  }
  return tree;
}

/** A workspace on disk with a package as it is in the tree. Runs its types and its specs, and returns what vitest counted. */
async function checked(tree: Tree, name: string, specs: readonly string[]): Promise<unknown> {
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
    if (!path.startsWith(`packages/${name}/`)) continue;
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
  const include = [`packages/${name}/src`, `packages/${name}/tests`];
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: './tsconfig.base.json', compilerOptions, include }),
  );
  const env = { ...process.env, TEST_REPORT: join(folder, 'report.json'), TEST_RING: '' };
  const run = (program: string, args: readonly string[], cwd: string) =>
    promisify(execFile)(join(workspace, 'node_modules/.bin', program), args, { cwd, env });
  await run('tsc', ['--project', folder], folder);
  await run('vitest', ['run', ...specs], join(folder, 'packages', name));
  return JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
}

describe('the generator of packages', () => {
  const options = { name: 'lease-store', description: 'Stores leases on disk.', layer: 'leaf' } as const;

  it('makes one whose types are right, and whose README runs, and says what is left to do', async () => {
    const log = vi.spyOn(console, 'log').mockReturnValue();
    const tree = treeOfWorkspace();
    packageGenerator(tree, options)();
    expect(log.mock.calls.join()).toContain('npx nx run lease-store:report -- --write');
    expect(await checked(tree, 'lease-store', [])).toMatchObject({ success: true, numPassedTests: 1 });
    const text = tree.read('packages/lease-store/package.json', 'utf8') ?? '';
    expect(text).not.toContain('refresh-scheduler');
    expect(JSON.parse(text)).toMatchObject({
      name: '@worker-auth/lease-store',
      nx: { tags: ['layer:leaf'] },
    });
    expect(tree.read('tsconfig.json', 'utf8')).toContain('./packages/lease-store');
  });

  it('overwrites none', () => {
    const again = { ...options, name: 'refresh-scheduler' };
    expect(() => packageGenerator(treeOfWorkspace(), again)).toThrow(
      'packages/refresh-scheduler is there already',
    );
  });
});

describe('the generator of secret back ends', () => {
  it('makes one whose types are right, and which keeps the contract', async () => {
    const tree = treeOfWorkspace();
    secretBackendGenerator(tree, { name: 'big-safe' });
    expect(await checked(tree, 'secret-store', ['big-safe-store'])).toMatchObject({
      success: true,
      numPassedTests: 30,
    });
  });

  it('overwrites none', () => {
    const again = { name: 'memory' };
    expect(() => secretBackendGenerator(treeOfWorkspace(), again)).toThrow(
      'memory-store.ts is there already',
    );
  });
});
