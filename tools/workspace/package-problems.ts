import { glob, readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import ts from 'typescript';
import type { Manifest } from './published-manifest.ts';
import { packageFolder } from './third-party.ts';

/**
 * What is wrong with a package as it is published, of what publint and attw do not look at: modules and types that are not installed with
 * it, and parts of others in it that it does not name.
 *
 * @param folder what is published, see stage-package.ts
 * @returns a sentence for each problem
 */
export async function packageProblems(folder: string): Promise<readonly string[]> {
  const files: string[] = [];
  for await (const file of glob('dist/**/*.{js,ts,map,json,md}', { cwd: folder })) files.push(file);
  const read = (file: string): Promise<string> => readFile(join(folder, file), 'utf8');
  const manifest = JSON.parse(await read('package.json')) as Manifest;
  const imports = files
    .filter((file) => /\.[jt]s$/.test(file))
    .map(async (file) => undeclared(await read(file), manifest).map((name) => `${file} imports ${name}`));
  const compiledIn = files
    .filter((file) => file.endsWith('.map'))
    .map(async (file) => othersIn(JSON.parse(await read(file)) as { readonly sources: readonly string[] }));
  const inside = unique((await Promise.all(compiledIn)).flat());
  const hasBill = files.includes('dist/sbom.cdx.json');
  const bill = hasBill ? componentsOf(await read('dist/sbom.cdx.json')) : [];
  const page = hasBill ? headingsOf(await read('dist/THIRD-PARTY-LICENSES.md')) : [];
  return [
    ...(await Promise.all(imports)).flat().map((text) => `${text}, which package.json does not name`),
    ...differences('the source maps', inside, 'sbom.cdx.json', bill.map(nameOf)),
    ...differences('sbom.cdx.json', bill, 'THIRD-PARTY-LICENSES.md', page),
  ];
}

/** The packages that a text imports, at once, late or for a type alone, and that are not installed with it. */
function undeclared(text: string, manifest: Manifest): readonly string[] {
  const declared = new Set([
    manifest['name'],
    ...Object.keys(manifest['dependencies'] ?? {}),
    ...Object.keys(manifest['peerDependencies'] ?? {}),
  ]);
  const modules = ts.preProcessFile(text).importedFiles.map(({ fileName }) => fileName);
  const packages = modules
    .filter((module) => !module.startsWith('.') && !isBuiltin(module))
    .map((module) => /^(?:@[^/]+\/)?[^/]+/.exec(module)?.[0] ?? module);
  return unique(packages.filter((name) => !declared.has(name)));
}

function othersIn(map: { readonly sources: readonly string[] }): readonly string[] {
  return map.sources.flatMap(packageFolder).map((path) => path.replace(/^.*\/node_modules\//, ''));
}

/** `name version` of each. */
function componentsOf(bill: string): readonly string[] {
  const { components } = JSON.parse(bill) as {
    readonly components: readonly {
      readonly group?: string;
      readonly name: string;
      readonly version: string;
    }[];
  };
  return components.map(
    ({ group, name, version }) => `${group === undefined ? '' : `${group}/`}${name} ${version}`,
  );
}

function headingsOf(page: string): readonly string[] {
  return [...page.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading);
}

function nameOf(component: string): string {
  return component.slice(0, component.lastIndexOf(' '));
}

function differences(
  a: string,
  ofA: readonly string[],
  b: string,
  ofB: readonly string[],
): readonly string[] {
  const missing = (
    from: readonly string[],
    where: string,
    other: string,
    names: readonly string[],
  ): string[] =>
    names.filter((name) => !from.includes(name)).map((name) => `${name} is in ${other} and not in ${where}`);
  return [...missing(ofB, b, a, ofA), ...missing(ofA, a, b, ofB)];
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
