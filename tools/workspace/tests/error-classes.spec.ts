import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'tsup';
import { expect, it, onTestFinished } from 'vitest';

type ErrorClass = new (message: string, details: object) => Error;

const root = join(import.meta.dirname, '../../..');

const files = globSync(join(root, '{packages/*,tools/calls}/src/**/*.ts')).filter((file) =>
  readFileSync(file, 'utf8').includes('\nbrandErrors('),
);

function errorClasses(module: object): readonly (readonly [name: string, errorClass: ErrorClass])[] {
  return Object.entries(module).filter((entry): entry is [string, ErrorClass] => {
    const [, exported] = entry as readonly [string, unknown];
    return typeof exported === 'function' && exported.prototype instanceof Error;
  });
}

/** The classes of a file as somebody's bundle has them, minified. */
async function bundled(file: string): Promise<ReturnType<typeof errorClasses>> {
  const folder = await mkdtemp(join(tmpdir(), 'error-classes-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await build({
    ...{ config: false, silent: true, entry: { bundle: file }, outDir: folder, format: 'esm' },
    ...{ outExtension: () => ({ js: '.mjs' }), minify: true, noExternal: [/./] },
    esbuildOptions: (options) => {
      options.conditions = ['@worker-auth/source'];
    },
  });
  return errorClasses((await import(pathToFileURL(join(folder, 'bundle.mjs')).href)) as object);
}

it.each(files)('names its errors in a minified bundle, and knows those of another copy: %s', async (file) => {
  const classes = await bundled(file);
  expect(classes.length).toBeGreaterThan(0);
  const others = new Map(await bundled(file));
  for (const [name, errorClass] of classes) {
    const error = new errorClass('it failed', { code: 'SOME_CODE' });
    expect([errorClass.name, error.name]).toEqual([name, name]);
    for (const [otherName, other] of others) {
      const isDerived = errorClass.prototype instanceof (new Map(classes).get(otherName) ?? Error);
      expect([otherName, error instanceof other]).toEqual([otherName, name === otherName || isDerived]);
    }
    expect(new Error('it failed') instanceof errorClass).toBe(false);
  }
});
