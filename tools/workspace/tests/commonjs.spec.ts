import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it, onTestFinished } from 'vitest';
import { forCommonJs } from '../commonjs.ts';

const manifest = {
  name: 'example',
  type: 'module',
  exports: {
    '.': { types: './dist/index.d.ts', import: './dist/index.js', default: './dist/index.js' },
    './part': { types: './dist/part.d.ts', import: './dist/part.js', default: './dist/part.js' },
    './package.json': './package.json',
  },
};

const code: Readonly<Record<string, string>> = {
  './dist/index.js': 'const run = ({ times }) => String(times);\nexport {\n  run\n};\n',
  './dist/part.js': 'class Part_ {}\nexport { Part_ as Part };\n',
};
const read = (path: string): string => code[path] ?? '';

const source = `import { run, type Options } from 'example';
import { Part } from 'example/part';
const options: Options = { times: 1 };
export const part: Part = new Part(run(options));
export const wrong: number = part;
`;

/** What `module: commonjs` meant before TypeScript 6. */
const legacy: Readonly<Record<string, object>> = {
  commonjs: { moduleResolution: 'node10', ignoreDeprecations: '6.0' },
};
const bounds = { target: 'es2022', lib: ['es5'], types: [] };

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'commonjs-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

/** What TypeScript says of a CommonJS project with that package, every declaration looked at. */
function problems(given: Readonly<Record<string, string>>, module: string): readonly string[] {
  const folder = folderWith({ 'package.json': '{}', 'main.ts': source, ...given });
  const json = { module, ...legacy[module], ...bounds, strict: true, skipLibCheck: false };
  const { options } = ts.convertCompilerOptionsFromJson(json, folder);
  const program = ts.createProgram([join(folder, 'main.ts')], options);
  return ts.getPreEmitDiagnostics(program).map(({ code, start, file }) => {
    const line = file?.getLineAndCharacterOfPosition(start ?? 0).line;
    return `TS${code} in line ${line === undefined ? '?' : line + 1}`;
  });
}

function installed(published: unknown, files: Iterable<readonly [string, string]>): Record<string, string> {
  const built = {
    ...code,
    'dist/index.d.ts':
      'export interface Options { times: number }\nexport declare function run(options: Options): string;\n',
    'dist/part.d.ts':
      'export declare class Part<T = string> { #private; constructor(text: string); readonly value: T }\n',
    'package.json': JSON.stringify(published),
  };
  return Object.fromEntries(
    [...Object.entries(built), ...files].map(([file, text]) => [join('node_modules/example', file), text]),
  );
}

describe('a CommonJS project', () => {
  it.each(['commonjs', 'node16', 'node18', 'node20', 'nodenext'])(
    'with module %s has the types of each entry',
    (module) => {
      const { manifest: published, files } = forCommonJs(manifest, read);
      expect(problems(installed(published, files), module)).toEqual(['TS2322 in line 5']);
    },
  );

  it.each([
    ['commonjs', 'TS2307'],
    ['node16', 'TS1479'],
    ['node18', 'TS1479'],
  ])('with module %s is refused without them', (module, refusal) => {
    expect(problems(installed(manifest, []), module)).toContain(`${refusal} in line 1`);
  });
});

it.each(['example', 'example/part'])('%s is one module, by require and by import', (entry) => {
  const { manifest: published, files } = forCommonJs(manifest, read);
  const program = `import('${entry}').then((module) => process.stdout.write(String(module === require('${entry}'))))`;
  const cwd = folderWith({ 'main.cjs': program, ...installed(published, files) });
  expect(execFileSync(process.execPath, ['main.cjs'], { cwd, encoding: 'utf8' })).toBe('true');
});

it.each([
  ['example', 'run'],
  ['example/part', 'Part'],
])('%s has its names by import of the file that require finds', (entry, name) => {
  const { manifest: published, files } = forCommonJs(manifest, read);
  const program = `import(require.resolve('${entry}')).then((module) => process.stdout.write(String(module['${name}'] === require('${entry}')['${name}'] && module['${name}'] !== undefined)))`;
  const cwd = folderWith({ 'main.cjs': program, ...installed(published, files) });
  expect(execFileSync(process.execPath, ['main.cjs'], { cwd, encoding: 'utf8' })).toBe('true');
});

it('refuses an entry that does not say what it exports', () => {
  expect(() => forCommonJs(manifest, () => "export * from './chunk.js';")).toThrow('export *');
});

it('leaves a package without exports as it is', () => {
  const bare = { name: 'example', exports: { './package.json': './package.json' } };
  const { manifest: published, files } = forCommonJs(bare, read);
  expect(published).toEqual(bare);
  expect(files.size).toBe(0);
});
