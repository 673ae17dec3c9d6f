import { createHash } from 'node:crypto';
import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type CacheEntry, cached, cacheFolder } from './cache.ts';
import { npm } from './npm.ts';
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

/** Its entry in the cache: the name holds a hash of the lock file, so a changed pin is installed anew. */
export async function npmProjectEntry({ name, folder, proof }: NpmProject): Promise<CacheEntry> {
  const hash = createHash('sha256').update(await readFile(join(folder, 'package-lock.json')));
  const digest = hash.digest('hex').slice(0, 12);
  return { name: `${name}-${digest}-${process.platform}-${process.arch}`, proof };
}

/** @returns the folder of the cache in which it is installed; that happens once */
export async function installedNpmProject(project: NpmProject, root = cacheFolder()): Promise<string> {
  const install = async (target: string): Promise<void> => {
    for (const file of ['package.json', 'package-lock.json']) {
      await cp(join(project.folder, file), join(target, file));
    }
    const downloads = join(target, 'downloads');
    await npm(target, ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--cache', downloads]);
    await rm(downloads, { recursive: true, force: true });
    await project.prepare?.(target);
  };
  return await cached(
    await npmProjectEntry(project),
    (target) => withProgress(`Fetching ${project.name} from npm`, () => install(target)),
    root,
  );
}
