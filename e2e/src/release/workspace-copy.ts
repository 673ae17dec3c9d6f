import { cleanEnvironment } from '@worker-auth/servers';
import { stagePackage } from '@worker-auth/workspace/stage-package';
import { copyTrackedFiles } from '@worker-auth/workspace/tracked-files';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { packageNames } from '../registry/publish-all.ts';
import type { Registry } from '../registry/registry.ts';

/** A copy of this workspace in a repository of its own, for releases that nobody gets. */
export interface WorkspaceCopy extends AsyncDisposable {
  /** Changes a file, by its path from the top, with `change`. */
  change(file: string, change: (text: string) => string): Promise<void>;
  read(file: string): Promise<string>;
  /** Runs Git and @returns what it printed */
  git(...args: readonly string[]): Promise<string>;
  /** Stages all packages, with the code that is built here, and publishes those whose version the registry does not have. */
  publish(): Promise<void>;
  /** Runs a program of `node_modules/.bin` at the top and @returns what it printed, without colours */
  run(program: string, ...args: readonly string[]): Promise<string>;
}

const workspace = join(import.meta.dirname, '../../..');
const run = promisify(execFile);
const author = { NAME: 'Nobody', EMAIL: 'nobody@example.com' };

/**
 * Copies it as it is now and as it was built, with one commit, and the tags of the versions that its packages have. What is installed here is installed there.
 *
 * @param registry where it publishes to
 */
export async function workspaceCopy(registry: Registry): Promise<WorkspaceCopy> {
  const folder = await temporaryFolder();
  const top = folder.path;
  const env = {
    ...cleanEnvironment(),
    ...{ NX_DAEMON: 'false', NX_ISOLATE_PLUGINS: 'false', CI: 'true', GIT_CONFIG_GLOBAL: '/dev/null' },
    ...Object.fromEntries(
      ['AUTHOR', 'COMMITTER'].flatMap((role) =>
        Object.entries(author).map(([field, value]) => [`GIT_${role}_${field}`, value]),
      ),
    ),
  };
  const call = async (program: string, args: readonly string[]): Promise<string> =>
    (await run(program, [...args], { cwd: top, env, maxBuffer: 2 ** 26 })).stdout;
  const git = (...args: readonly string[]): Promise<string> => call('git', args);
  const nodeProgram = async (program: string, ...args: readonly string[]): Promise<string> =>
    stripVTControlCharacters(await call(join(top, 'node_modules/.bin', program), args));
  const copy: WorkspaceCopy = {
    change: async (file, change) => {
      await writeFile(join(top, file), change(await readFile(join(top, file), 'utf8')));
    },
    read: (file) => readFile(join(top, file), 'utf8'),
    git,
    run: nodeProgram,
    publish: async () => {
      for (const name of packageNames) await stagePackage(join(top, 'packages', name), top);
      await nodeProgram('nx', 'release', 'publish', '--exclude-task-dependencies');
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
  try {
    await linkInstalled(top, await copyTrackedFiles(workspace, top));
    await folder.write('.npmrc', registry.npmrc);
    await git('init', '--quiet', '--initial-branch', 'main');
    await git('add', '--all');
    await git('commit', '--quiet', '--message', 'chore: everything so far');
    for (const name of packageNames) {
      await cp(join(workspace, 'packages', name, 'dist'), join(top, 'packages', name, 'dist'), {
        recursive: true,
      });
      const { version } = JSON.parse(await copy.read(`packages/${name}/package.json`)) as { version: string };
      await git('tag', `@worker-auth/${name}@${version}`);
    }
  } catch (error) {
    await copy[Symbol.asyncDispose]();
    throw error;
  }
  return copy;
}

/** What npm has installed, as links, but for our own packages, which are those of the copy. */
export async function linkInstalled(top: string, files: readonly string[]): Promise<void> {
  const projects = files.filter((file) => file.endsWith('package.json')).map((file) => dirname(file));
  for (const project of projects) {
    const installed = join(workspace, project, 'node_modules');
    if (!existsSync(installed)) continue;
    const target = join(top, project, 'node_modules');
    await mkdir(target, { recursive: true });
    for (const name of await readdir(installed)) {
      // Files of npm and ours that say what is installed: they are written again in the copy.
      if (name.startsWith('.') && name !== '.bin') continue;
      if (name === '@worker-auth')
        await cp(join(installed, name), join(target, name), { recursive: true, verbatimSymlinks: true });
      else await symlink(join(installed, name), join(target, name));
    }
  }
}
