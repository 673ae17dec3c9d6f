import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';
import { compileExamples, type CompilerReport } from '../src/registry/compile-examples.ts';
import type { InstalledSubject } from '../src/registry/installed-subject.ts';
import { installCommands, type Subject, subjects } from '../src/registry/subjects.ts';
import { declarationsSeen, unknownOf } from '../src/registry/wrong-declarations.ts';

const [subject] = subjects as [Subject];
const name = `@worker-auth/${subject.name}`;

/** A project in which a package is installed that has this README, and this file of declarations. */
async function projectWith(readme: string, declarations = ''): Promise<InstalledSubject> {
  const { path, ...folder } = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const installed = join(path, 'node_modules', name);
  await mkdir(join(installed, 'dist'), { recursive: true });
  await writeFile(join(installed, 'README.md'), readme);
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

const block = (language: string, code: string): string => `\`\`\`${language}\n${code}\n\`\`\`\n`;

describe('the command of a README that installs the package', () => {
  it.each(subjects)('is there for $name, and names it', async (one) => {
    const [first = ''] = await installCommands(one.name);
    expect(first.split(' ')).toContain(`@worker-auth/${one.name}`);
  });
});

describe('the compiler', () => {
  const compile = (project: InstalledSubject, program = 'typescript/bin/tsc'): Promise<CompilerReport> => {
    const path = join(import.meta.dirname, '../../node_modules', program);
    return compileExamples(subject, project, project.entries, { version: '6.0', program: path }, 'bundler');
  };
  const declarations =
    'export declare const answer: number;\nexport { answer as default };\nexport { answer };\n';

  it('finds what is wrong in an example', async () => {
    const project = await projectWith(
      block('ts', `import { answer } from '${name}';\nanswer.length;`),
      declarations,
    );
    const { errors } = await compile(project);
    expect(errors.filter((error) => error.includes('README-md-1.ts'))).toEqual([
      expect.stringMatching(/TS2339: Property 'length' does not exist/),
    ]);
  });

  it('finds what is wrong in declarations of ours', async () => {
    const project = await projectWith('', 'declare const answer: Missing;\nexport { answer };\n');
    expect((await compile(project)).errors.join()).toMatch(/index\.d\.ts.*Cannot find name 'Missing'/);
  });

  it('is not believed when it fails without a word', async () => {
    await expect(compile(await projectWith('', declarations), 'no/such/file')).rejects.toThrow(
      'The compiler failed',
    );
  });
});

describe('a package of others with wrong declarations', () => {
  it('is known for the compilers that find it wrong, and no others', () => {
    expect(unknownOf(['@temporalio/common', 'memfs', 'other'], '5.6')).toEqual(['other']);
    expect(unknownOf(['memfs'], '5.8')).toEqual(['memfs']);
    expect(declarationsSeen(['memfs', '@jsonjoy.com/fs-node'], '5.6')).toBe('all but `@jsonjoy.com/*`');
    expect(declarationsSeen([], '5.6')).toBe('all');
  });
});
