import { processTimes } from '@worker-auth/workspace/process-times';
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What a package brings into an installation. */
export interface Footprint {
  readonly kilobytes: number;
  /** Packages, itself included. */
  readonly packages: number;
}

/** Milliseconds that `import(name)` takes in a new process, by name. */
export function importTimes(names: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const programs = names.map((name) => [name, `await import(${JSON.stringify(name)});`]);
  return processTimes(Object.fromEntries(programs) as Record<string, string>, import.meta.dirname);
}

/** The size of a package and all that it depends on, as installed; of ours, what is published. */
export function footprint(name: string): Footprint {
  const folders = new Set<string>();
  collect(name, import.meta.filename, folders);
  const bytes = [...folders].reduce((sum, folder) => sum + bytesUnder(folder), 0);
  return { kilobytes: Math.round(bytes / 1_024), packages: folders.size };
}

function collect(name: string, from: string, folders: Set<string>): void {
  const folder = installedFolder(name, from);
  if (folders.has(folder)) return;
  folders.add(folder);
  for (const dependency of Object.keys(manifestOf(folder).dependencies ?? {})) {
    collect(dependency, `${folder}package.json`, folders);
  }
}

/** A package of this workspace is a link to its sources; what counts is what it publishes, see `nx stage`. */
function installedFolder(name: string, from: string): string {
  const manifest = findPackageJSON(name, pathToFileURL(from));
  if (manifest === undefined) throw new Error(`${name} is not installed`);
  const folder = dirname(realpathSync(manifest));
  return `${folder}/${name.startsWith('@worker-auth/') ? 'publish/' : ''}`;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as Manifest;
}

function bytesUnder(path: string): number {
  const stats = statSync(path);
  if (stats.isFile()) return stats.size;
  return readdirSync(path)
    .filter((entry) => entry !== 'node_modules')
    .reduce((sum, entry) => sum + bytesUnder(`${path}/${entry}`), 0);
}
