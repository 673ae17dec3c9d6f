import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type CacheEntry, cached, cacheFolder } from './cache.ts';
import { findOnPath, runCommand } from './command.ts';
import type { Found, Place } from './lookup.ts';
import type { VersionReader } from './places.ts';
import { withProgress } from './progress.ts';
import { currentPlatform } from './versions.ts';

/** Programs that one of Debian's packages carries. */
export interface DebianPackage {
  readonly name: string;
  /** Their paths in the package; the first is the program. */
  readonly programs: readonly [string, ...string[]];
}

/** @returns the cache entry of a package's programs on this platform */
export function debianEntry({ name, programs }: DebianPackage): CacheEntry {
  return { name: `${name}-debian-${currentPlatform()}`, proof: basename(programs[0]) };
}

/**
 * Gets programs out of a package of the distribution: downloaded by apt and unpacked, never installed, so that neither root nor what the
 * package depends on is needed; for programs that need no more than libc.
 *
 * No version is pinned, since an archive keeps one alone; apt checks what it brings by the archive's signature.
 */
export function debianPlace(
  wanted: DebianPackage,
  readVersion: VersionReader,
  env: NodeJS.ProcessEnv = process.env,
): Place {
  return {
    label: `the Debian package ${wanted.name}`,
    async look(): Promise<Found | string> {
      if ((await findOnPath('apt-get', env)) === undefined) return 'there is no "apt-get" on PATH';
      const entry = debianEntry(wanted);
      const folder = await cached(
        entry,
        (target) =>
          withProgress(`Fetching the Debian package ${wanted.name}`, () => unpack(wanted, target, env)),
        cacheFolder(env),
      );
      const path = join(folder, entry.proof);
      return { path, version: await readVersion(path), from: 'Debian' };
    },
  };
}

/** Apt's lists are fetched into a folder of their own: those of the machine may be old, or not there, and belong to root. */
async function unpack(
  { name, programs }: DebianPackage,
  target: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const work = join(target, 'apt');
  await mkdir(join(work, 'lists', 'partial'), { recursive: true });
  await mkdir(join(work, 'cache', 'archives', 'partial'), { recursive: true });
  const folders = [
    ...['-o', `Dir::State::lists=${join(work, 'lists')}`],
    ...['-o', `Dir::Cache=${join(work, 'cache')}`],
  ];
  const options = { cwd: work, env: { PATH: env['PATH'] } };
  await runCommand('apt-get', ['update', '--quiet', ...folders], options);
  await runCommand('apt-get', ['download', '--quiet', name, ...folders], options);
  const archive = (await readdir(work)).find((file) => file.endsWith('.deb'));
  if (archive === undefined) throw new Error(`apt-get left no package ${name}`);
  await runCommand('dpkg-deb', ['--extract', archive, 'content'], options);
  for (const program of programs) {
    await rename(join(work, 'content', program), join(target, basename(program)));
  }
  await rm(work, { recursive: true });
}
