import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, cacheFolder } from './cache.ts';
import { npm } from './npm.ts';
import type { Recipe } from './places.ts';
import { currentPlatform } from './platform.ts';
import { withProgress } from './progress.ts';

/** An npm project whose lock file says, by hashes, what is installed. */
export interface NpmProject {
  /** The beginning of its name in the cache. */
  readonly name: string;
  /** The folder that has its `package.json` and `package-lock.json`. */
  readonly folder: string;
  /** A path without which it counts as missing: `node_modules/.bin/jest`. */
  readonly proof: string;
  /** What is done once after the installation, which runs no script of any package. */
  readonly prepare?: (folder: string) => Promise<void>;
}

/** Its installation in the cache: the name holds a hash of the lock file, so a changed pin is installed again. */
export function npmRecipe({ name, folder, proof, prepare }: NpmProject, version: string): Recipe {
  return {
    label: `the npm project ${name}`,
    from: 'npm',
    version,
    entry: () => {
      const hash = createHash('sha256').update(readFileSync(join(folder, 'package-lock.json')));
      return { name: `${name}-${hash.digest('hex').slice(0, 12)}-${currentPlatform}`, proof };
    },
    make: async (target) => {
      for (const file of ['package.json', 'package-lock.json'])
        await cp(join(folder, file), join(target, file));
      const downloads = join(target, 'downloads');
      await npm(target, ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--cache', downloads]);
      await rm(downloads, { recursive: true, force: true });
      await prepare?.(target);
    },
  };
}

/** @returns the folder of the cache in which it is installed; that happens once */
export async function installedNpmProject(project: NpmProject, root = cacheFolder()): Promise<string> {
  const { entry, label, make } = npmRecipe(project, '');
  const fill = (target: string): Promise<void> =>
    withProgress(`Getting ${label}`, () => make(target, process.env));
  return await cached(await entry(), fill, root);
}
