import type { Manifest } from './published-manifest.ts';

/** Versions or ranges of packages by their names; `@temporalio/*` stands for all packages of Temporal. */
export type Versions = Readonly<Record<string, string>>;

/** Temporal releases its packages together, and each of them asks for the very same version of the others. */
const temporalScope = '@temporalio/';

/**
 * The versions of arguments such as `jose@6.0.0`.
 *
 * @throws Error for an argument that is none
 */
export function versionsOf(args: readonly string[]): Versions {
  const entries = args.map((arg): [string, string] => {
    const [, name = '', version = ''] = /^(.+)@([^@]+)$/.exec(arg) ?? [];
    if (version === '') throw new Error(`Write ${JSON.stringify(arg)} as NAME@VERSION`);
    return [name, version];
  });
  return Object.fromEntries(entries);
}

/** The same manifest with these versions wherever it depends on one of the packages. Ranges of peers stay. */
export function pinned(manifest: Manifest, versions: Versions): Manifest {
  const result: Record<string, unknown> = { ...manifest };
  for (const field of ['dependencies', 'devDependencies']) {
    const ranges = manifest[field] as Versions | undefined;
    if (ranges === undefined) continue;
    result[field] = Object.fromEntries(
      Object.entries(ranges).map(([name, range]) => [name, versionFor(name, versions) ?? range]),
    );
  }
  return result;
}

/**
 * The same package-lock.json without these packages and what is installed in their folders, which npm would leave there in the version
 * that another of them needs. It keeps to all the rest.
 */
export function unlocked(lock: Manifest, versions: Versions): Manifest {
  const packages = Object.entries(lock['packages'] as Manifest).filter(([place]) => {
    const [, ...names] = place.split(/(?:^|\/)node_modules\//);
    return names.every((name) => versionFor(name, versions) === undefined);
  });
  return { ...lock, packages: Object.fromEntries(packages) };
}

function versionFor(name: string, versions: Versions): string | undefined {
  return versions[name.startsWith(temporalScope) ? `${temporalScope}*` : name];
}
