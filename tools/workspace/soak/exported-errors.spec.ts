import { globSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { workspaceEntries } from '../related-specs.ts';

const root = join(import.meta.dirname, '../../..');

it('each error that a package exports knows those of another copy', async () => {
  // The agent is a program, and exports none.
  const entries = workspaceEntries(globSync(join(root, 'packages/!(agent)/package.json'))).values();
  const files = [...entries].filter((entry) => entry.endsWith('.ts'));
  const modules = await Promise.all(files.map((file) => import(file) as Promise<object>));
  const classes = modules
    .flatMap((module) => Object.entries(module) as [string, unknown][])
    .filter(([, exported]) => typeof exported === 'function' && exported.prototype instanceof Error);
  expect(classes.length).toBeGreaterThan(15);
  expect(
    classes.filter(([, errorClass]) => !Object.hasOwn(errorClass as object, Symbol.hasInstance)),
  ).toEqual([]);
});
