import type { Manifest } from './published-manifest.ts';

/** Versions or ranges of packages, by their names. */
export type Versions = Readonly<Record<string, string>>;

/** Which end of a range: the two that are tested. */
export type Bound = 'oldest' | 'newest';

/** Temporal releases its packages together, and each of them asks for the very same version of the others. */
const temporalScope = '@temporalio/';

/** Stands for all packages of Temporal. */
export const temporalPackages = `${temporalScope}*`;

/**
 * The peers that a package.json asks for, and the range of each; those of Temporal are one, `@temporalio/*`.
 *
 * @throws Error when two packages of Temporal have different ranges
 */
export function peersOf(manifest: Manifest): Versions {
  const peers: Record<string, string> = {};
  for (const [name, range] of Object.entries((manifest['peerDependencies'] ?? {}) as Versions)) {
    const key = groupOf(name);
    if ((peers[key] ?? range) !== range)
      throw new Error(`${name} needs the range ${peers[key] ?? ''} as well`);
    peers[key] = range;
  }
  return peers;
}

/** Which of the versions holds for a package, if any does. */
export function versionFor(name: string, versions: Versions): string | undefined {
  return versions[groupOf(name)];
}

/**
 * The range from one version to another, and to those that Semantic Versioning says are like it: `^1.20.3`, or over several majors
 * `>=5.10.0 <7`.
 */
export function rangeOf(oldest: string, newest: string): string {
  const [major] = newest.split('.');
  return oldest.split('.')[0] === major ? `^${oldest}` : `>=${oldest} <${Number(major) + 1}`;
}

/**
 * The oldest version of a range.
 *
 * @throws Error for a range that {@link rangeOf} would not write
 */
export function oldestOf(range: string): string {
  const [, version] = /^(?:\^|>=)(\d+\.\d+\.\d+)(?: <\d+)?$/.exec(range) ?? [];
  if (version === undefined) throw new Error(`Write the range ${range} as ^1.2.3 or >=1.2.3 <3`);
  return version;
}

/** The same manifest with these versions wherever it depends on one of the packages. */
export function pinned(manifest: Manifest, versions: Versions): Manifest {
  const result: Record<string, unknown> = { ...manifest };
  for (const field of ['dependencies', 'devDependencies', 'peerDependencies']) {
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

function groupOf(name: string): string {
  return name.startsWith(temporalScope) ? temporalPackages : name;
}
