import { cacheFolder } from './cache.ts';
import { runCommand } from './command.ts';
import { goBuildPlace, type GoProgram, goProgramEntry } from './go.ts';
import { obtain, type Places } from './lookup.ts';
import { cachePlace, pathPlace } from './places.ts';
import { actionlintVersion } from './versions.ts';

const program: GoProgram = { name: 'actionlint', version: actionlintVersion };

/** Where actionlint may be: PATH, the cache, built from Go modules. */
export function actionlintPlaces(env: NodeJS.ProcessEnv = process.env): Places {
  return {
    title: 'actionlint',
    local: [
      pathPlace('actionlint', readVersion, env),
      cachePlace(() => goProgramEntry(program), program.version, cacheFolder(env)),
    ],
    remote: [goBuildPlace(program, env)],
    byHand: 'see https://github.com/rhysd/actionlint/blob/main/docs/install.md',
  };
}

/**
 * Checks workflows of GitHub Actions.
 *
 * @param files their paths
 * @throws Error with what is wrong, a line for each problem
 */
export async function checkWorkflows(files: readonly string[]): Promise<void> {
  const { path } = await obtain(actionlintPlaces());
  // Shell and Python scripts in a workflow are checked where the machine has the programs for it: not everywhere the same.
  await runCommand(path, ['-no-color', '-oneline', '-shellcheck=', '-pyflakes=', ...files]);
}

/** Its first line is the version, with a `v` where it was built from a module. */
async function readVersion(path: string): Promise<string> {
  const [line = ''] = (await runCommand(path, ['-version'])).split('\n');
  return line.replace(/^v/, '');
}
