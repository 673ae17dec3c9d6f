import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type CacheEntry, cached, cacheFolder } from './cache.ts';
import { runCommand } from './command.ts';
import type { Place, Places } from './lookup.ts';
import { cachePlace, inEntry } from './places.ts';
import { withProgress } from './progress.ts';
import type { PinnedEnvironment } from './versions.ts';

/**
 * Where the Python of such an environment may be: the cache, PyPI. Run modules by it (`-m`): the environment is renamed when it is
 * whole, and its scripts do not outlive that.
 */
export function virtualEnvironmentPlaces(
  pinned: PinnedEnvironment,
  env: NodeJS.ProcessEnv = process.env,
): Places {
  const { project, version } = pinned;
  return {
    title: project,
    local: [cachePlace(() => entryOf(pinned), version, cacheFolder(env))],
    remote: [virtualEnvironmentPlace(pinned, cacheFolder(env))],
    byHand: `install Python 3.10 or newer with pip and venv, then run "npm run servers -- fetch ${project}"`,
  };
}

function virtualEnvironmentPlace(pinned: PinnedEnvironment, root: string): Place {
  const { project, version } = pinned;
  return {
    label: `the PyPI project ${project} ${version} in a virtual environment`,
    async look() {
      const entry = await entryOf(pinned);
      const folder = await cached(
        entry,
        (target) =>
          withProgress(`Fetching ${project} ${version} from PyPI`, () =>
            install(requirementsOf(pinned), target),
          ),
        root,
      );
      return inEntry(folder, entry, version, 'PyPI');
    },
  };
}

/** The name holds a hash of the requirements, so a changed pin is installed anew. */
async function entryOf(pinned: PinnedEnvironment): Promise<CacheEntry> {
  const hash = createHash('sha256').update(await readFile(requirementsOf(pinned)));
  return {
    name: `${pinned.project}-${pinned.version}-${hash.digest('hex').slice(0, 12)}`,
    proof: 'bin/python',
  };
}

function requirementsOf({ project }: PinnedEnvironment): string {
  return join(dirname(import.meta.dirname), project, 'requirements.txt');
}

async function install(requirements: string, target: string): Promise<void> {
  await runCommand('python3', ['-m', 'venv', target]);
  // prettier-ignore
  await runCommand(join(target, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--no-cache-dir', '--disable-pip-version-check',
    '--only-binary=:all:', '--require-hashes', '--requirement', requirements]);
}
