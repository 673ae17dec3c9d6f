import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';
import { compileNames, type CompilerReport } from '../src/registry/compile-names.ts';
import { installCommands, type InstalledPackage } from '../src/registry/installed-package.ts';
import { packageNames } from '../src/registry/publish-all.ts';
import { unknownOf } from '../src/registry/wrong-declarations.ts';

const name = '@worker-auth/refresh-scheduler';

/** A project in which a package is installed that has this file of declarations. */
async function projectWith(declarations: string): Promise<InstalledPackage> {
  const { path, ...folder } = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const installed = join(path, 'node_modules', name);
  await mkdir(join(installed, 'dist'), { recursive: true });
  await writeFile(join(installed, 'dist/index.d.ts'), declarations);
  await mkdir(join(path, 'node_modules/@types/node'), { recursive: true });
  await writeFile(join(path, 'node_modules/@types/node/index.d.ts'), '');
  const manifest = {
    name,
    type: 'module',
    exports: { types: './dist/index.d.ts', default: './dist/index.js' },
  };
  await writeFile(join(installed, 'package.json'), JSON.stringify(manifest));
  return {
    folder: path,
    entries: [name],
    add: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

describe('the command of a README that installs the package', () => {
  it.each(packageNames)('is there for %s, and names it', async (each) => {
    const [first = ''] = await installCommands(each);
    expect(first.split(' ')).toContain(`@worker-auth/${each}`);
  });
});

describe('the compiler', () => {
  const compile = (project: InstalledPackage, program = 'typescript/bin/tsc'): Promise<CompilerReport> => {
    const path = join(import.meta.dirname, '../../node_modules', program);
    return compileNames(project, { version: '6.0', program: path }, 'bundler');
  };
  it('finds what is wrong in declarations of ours', async () => {
    const project = await projectWith('declare const answer: Missing;\nexport { answer };\n');
    expect((await compile(project)).errors.join()).toMatch(/index\.d\.ts.*Cannot find name 'Missing'/);
  });

  it('is not believed when it fails without a word', async () => {
    await expect(
      compile(await projectWith('declare const answer: number;\nexport { answer };\n'), 'no/such/file'),
    ).rejects.toThrow('The compiler failed');
  });
});

describe('a package of others with wrong declarations', () => {
  it('is known for the compilers that find it wrong, and no others', () => {
    expect(unknownOf(['@temporalio/common', 'memfs', 'other'], '5.6')).toEqual(['other']);
    expect(unknownOf(['memfs'], '5.8')).toEqual(['memfs']);
  });
});
