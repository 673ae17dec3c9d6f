import { homedir } from 'node:os';
import { join } from 'node:path';
import { type CacheEntry, cacheFolder, findCached } from './cache.ts';
import { findOnPath, isExecutable } from './command.ts';
import { type Found, type Place, UnavailableError } from './lookup.ts';

/** Tells the version of a program by running it. */
export type VersionReader = (path: string) => Promise<string>;

/**
 * The program that an environment variable names. A variable that is set and names none is an error at once: the user's
 * own choice is never passed over.
 */
export function variablePlace(variable: string, readVersion: VersionReader, env = process.env): Place {
  return {
    label: variable,
    async look() {
      const path = env[variable];
      if (!path) return 'not set';
      if (!(await isExecutable(path))) {
        throw new UnavailableError(
          `${variable} names ${path}, which is not an executable file: correct or unset it.`,
        );
      }
      return { path, version: await readVersion(path), from: variable };
    },
  };
}

/** The program of that name in the folders of `PATH`. */
export function pathPlace(name: string, readVersion: VersionReader, env = process.env): Place {
  return {
    label: `"${name}" on PATH`,
    async look() {
      const path = await findOnPath(name, env);
      return path === undefined ? 'not there' : { path, version: await readVersion(path), from: 'PATH' };
    },
  };
}

/** The program at a path below the user's home folder. */
export function homePlace(relative: string, readVersion: VersionReader, home = homedir()): Place {
  return {
    label: `~/${relative}`,
    async look() {
      const path = join(home, relative);
      if (!(await isExecutable(path))) return 'not there';
      return { path, version: await readVersion(path), from: `~/${relative}` };
    },
  };
}

/** What was fetched before: `entry` is asked for when it is needed, since it may not exist for this platform. */
export function cachePlace(
  entry: () => CacheEntry | Promise<CacheEntry>,
  version: string,
  root = cacheFolder(),
): Place {
  return {
    label: `the cache (${root})`,
    async look() {
      const wanted = await entry();
      const folder = await findCached(wanted, root);
      return folder === undefined ? 'not there' : inEntry(folder, wanted, version, 'cache');
    },
  };
}

/** @returns the program that an entry of the cache holds */
export function inEntry(folder: string, entry: CacheEntry, version: string, from: string): Found {
  return { path: join(folder, entry.proof), version, from };
}
