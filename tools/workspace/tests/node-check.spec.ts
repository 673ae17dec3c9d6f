import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { withNodeCheck } from '../node-check.ts';

const manifest = {
  name: 'example',
  type: 'module',
  engines: { node: '>=22' },
  exports: {
    '.': {
      require: { types: './dist/index.d.cts', default: './dist/index.cjs' },
      types: './dist/index.d.ts',
      import: './dist/index.js',
      default: './dist/index.js',
    },
    './package.json': './package.json',
  },
  bin: { example: './dist/cli.js' },
};

const built: Readonly<Record<string, string>> = {
  './dist/index.js':
    'export const run = () => { throw new Error("ran"); };\n//# sourceMappingURL=index.js.map\n',
  './dist/index.js.map': JSON.stringify({
    ...{ version: 3, sources: ['../src/index.ts'], names: [], mappings: 'AAAA' },
  }),
  './dist/index.cjs': "module.exports = require('./index.js');\n",
  './dist/cli.js': '#!/usr/bin/env node\nconsole.log(process.argv.slice(2).join());\n',
};

/** Runs a program where the package is, as if Node were of this version. */
function run(
  version: string,
  file: string,
  program?: string,
): { readonly status: number | null; readonly text: string } {
  const folder = mkdtempSync(join(tmpdir(), 'node-check '));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  const preload = `Object.defineProperty(process.versions, 'node', { value: '${version}' });`;
  const files = {
    ...{ 'package.json': JSON.stringify(manifest), 'version.cjs': preload },
    ...{ ...built, ...Object.fromEntries(withNodeCheck(manifest, (path) => built[path] ?? '')) },
    ...(program !== undefined && { [file]: program }),
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const args = ['--enable-source-maps', '--require', './version.cjs', file, 'a', 'b'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  return { status, text: `${stdout}${stderr}` };
}

const sentence = '@worker-auth packages need Node.js 22 or newer; this is 20.20.2.';

describe('a published package', () => {
  it.each([
    ['import', 'main.mjs', "import 'example';"],
    ['require', 'main.cjs', "require('example');"],
  ])('names the version to %s on a Node that is too old', (_how, file, program) => {
    const { status, text } = run('20.20.2', file, program);
    expect([status, text]).toEqual([1, expect.stringContaining(`Error: ${sentence}`)]);
  });

  it('prints the sentence alone for a command, and exits with 1', () => {
    expect(run('20.20.2', 'dist/cli.js')).toEqual({ status: 1, text: `${sentence}\n` });
  });

  it('runs on the oldest that engines names, and newer ones', () => {
    for (const version of ['22.0.0', '100.1.0']) {
      expect(run(version, 'dist/cli.js')).toEqual({ status: 0, text: 'a,b\n' });
      expect(run(version, 'main.cjs', "require('example');")).toEqual({ status: 0, text: '' });
    }
  });

  it('keeps the lines of its sources', () => {
    const { text } = run('22.0.0', 'main.mjs', "import { run } from 'example'; run();");
    expect(text).toMatch(/src\/index\.ts:1/);
  });

  it('is left alone without engines', () => {
    expect(withNodeCheck({ ...manifest, engines: undefined }, () => '').size).toBe(0);
  });
});
