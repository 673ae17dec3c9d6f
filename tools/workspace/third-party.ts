import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** A package of others, parts of which are compiled into one of ours. */
export interface ThirdPartyPackage {
  readonly name: string;
  readonly version: string;
  /** An SPDX identifier, `MIT` for example. */
  readonly license: string;
  readonly licenseText: string;
  /** Where its sources are, for people. */
  readonly url: string;
}

/** What a build made of which sources, as far as it is read here: https://esbuild.github.io/api/#metafile. */
export interface BuildRecord {
  readonly outputs: Readonly<
    Record<string, { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }>
  >;
}

const packagePath = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;
const licenseFile = /^licen[cs]e(?:\.\w+)?$/i;

/**
 * The packages of others that are in what was built, by name.
 *
 * @param folder that the paths of the record count from
 * @throws Error for a package that does not say its licence, or where its sources are
 */
export async function thirdPartyIn(
  { outputs }: BuildRecord,
  folder: string,
): Promise<readonly ThirdPartyPackage[]> {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const used = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
  const packages = await Promise.all(
    [...new Set(used.flatMap(packageFolder))].map((path) => read(resolve(folder, path))),
  );
  return packages.sort((a, b) => a.name.localeCompare(b.name));
}

/** The folder of the package that a source belongs to; none for one of ours. */
export function packageFolder(path: string): readonly string[] {
  const [folder] = packagePath.exec(path.replaceAll('\\', '/')) ?? [];
  return folder === undefined ? [] : [folder];
}

async function read(folder: string): Promise<ThirdPartyPackage> {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
    readonly repository?: string | { readonly url: string };
  };
  const { name, version, license, repository } = manifest;
  const file = (await readdir(folder)).find((entry) => licenseFile.test(entry));
  if (license === undefined || file === undefined)
    throw new Error(`${name} does not say its licence: ${folder}`);
  if (repository === undefined) throw new Error(`${name} does not say where its sources are: ${folder}`);
  const licenseText = await readFile(join(folder, file), 'utf8');
  return { name, version, license, licenseText: licenseText.trim(), url: addressFor(repository) };
}

/** `owner/name` and `git+https://….git` for people: https://docs.npmjs.com/cli/configuring-npm/package-json#repository. */
function addressFor(repository: string | { readonly url: string }): string {
  const url = typeof repository === 'string' ? repository : repository.url;
  return /^[\w.-]+\/[\w.-]+$/.test(url)
    ? `https://github.com/${url}`
    : url.replace(/^git\+/, '').replace(/\.git$/, '');
}
