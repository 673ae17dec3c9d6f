import { glob, readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import ts from 'typescript';
import type { Manifest } from './published-manifest.ts';

/** The conditions of `exports` that Node and TypeScript know, as far as we use them. */
const knownConditions: ReadonlySet<string> = new Set(['types', 'import', 'require', 'default']);

/**
 * Imports of code and declarations that nobody installs with the package: publint and attw do not look for them.
 *
 * @param folder what is published, see stage-package.ts
 * @returns a sentence for each
 */
export async function undeclaredImports(folder: string): Promise<readonly string[]> {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
  const declared = new Set([
    manifest['name'],
    ...Object.keys(manifest['dependencies'] ?? {}),
    ...Object.keys(manifest['peerDependencies'] ?? {}),
  ]);
  const problems: string[] = [];
  for await (const file of glob('dist/**/*.{js,ts}', { cwd: folder })) {
    const imports = ts.preProcessFile(await readFile(join(folder, file), 'utf8')).importedFiles;
    const packages = imports
      .filter(({ fileName }) => !fileName.startsWith('.') && !isBuiltin(fileName))
      .map(({ fileName }) => /^(?:@[^/]+\/)?[^/]+/.exec(fileName)?.[0] ?? fileName);
    for (const name of new Set(packages.filter((each) => !declared.has(each))))
      problems.push(`${file} imports ${name}, which package.json does not name`);
  }
  return problems;
}

/** Conditions of `exports` that a user cannot have, such as that of the sources of this repository: publint and attw pass over them. */
export function unknownConditions(exports: unknown): readonly string[] {
  if (typeof exports !== 'object' || exports === null) return [];
  return Object.entries(exports).flatMap(([name, value]) => [
    ...(name.startsWith('.') || knownConditions.has(name) ? [] : [`exports has the condition ${name}`]),
    ...unknownConditions(value),
  ]);
}
