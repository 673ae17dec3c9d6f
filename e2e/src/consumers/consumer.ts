import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { cleanEnvironment, installedNpmProject, npm, type NpmProject } from '@worker-auth/servers';
import type { Framework } from './frameworks.ts';

/** What came of one run of the suite. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** All that was printed, without colours. */
  readonly output: string;
}

/** A project of its own, in which the packages are installed as a user installs them. */
export interface Consumer extends AsyncDisposable {
  /** Whether an npm package has the framework for this platform. */
  has(framework: Framework): Promise<boolean>;
  /** Runs the suite. `env` is added to the environment. */
  run(framework: Framework, env?: Readonly<Record<string, string>>): Promise<Outcome>;
  /** What the program of the installed package prints, called as its README says. */
  npx(args: readonly string[]): Promise<string>;
}

const sources = join(import.meta.dirname, '../../consumers');
const workspace = join(import.meta.dirname, '../../..');
const packages = ['refresh-scheduler', 'secret-store', 'token-manager', 'testing-fakes'];
const run = promisify(execFile);

const frameworksProject: NpmProject = {
  name: 'consumers',
  folder: sources,
  proof: 'node_modules/.bin/jest',
  prepare: linkBun,
};

/**
 * Packs the packages as they are published, and installs them. The frameworks come from the lock file, once, into the cache; the packages, anew
 * each time, into a folder below, from which the frameworks are found.
 */
export async function createConsumer(): Promise<Consumer> {
  const frameworks = await installedNpmProject(frameworksProject);
  const folder = await mkdtemp(join(frameworks, 'run-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await cp(sources, folder, { recursive: true, filter: (path) => !path.endsWith('package-lock.json') });
    await rm(join(folder, 'package.json'));
    await npm(folder, ['init', '--yes', '--init-type=module']);
    await npm(folder, ['install', ...installFlags, ...(await pack(folder))]);
  } catch (error) {
    await remove();
    throw error;
  }
  const programOf = ({ program }: Framework): string =>
    program === undefined ? process.execPath : join(frameworks, 'node_modules/.bin', program);
  return {
    has: async (framework) =>
      framework.program === undefined ||
      (await readdir(join(frameworks, 'node_modules/.bin'))).includes(framework.program),
    run: async (framework, env = {}) => {
      const settings = {
        cwd: folder,
        env: { ...cleanEnvironment(), ...framework.env, ...env },
        maxBuffer: 2 ** 26,
      };
      const { stdout, stderr } = await run(programOf(framework), [...framework.args], settings).catch(
        // An exit code other than 0 is what a failing suite has.
        (error: unknown) => error as { stdout: string; stderr: string },
      );
      const output = stripVTControlCharacters(`${stdout}\n${stderr}`);
      return { passed: count(output, framework.passed), failed: count(output, framework.failed), output };
    },
    npx: async (args) => {
      const { stdout } = await run('npx', ['--no-install', ...args], {
        cwd: folder,
        env: cleanEnvironment(),
      });
      return stdout;
    },
    [Symbol.asyncDispose]: remove,
  };
}

const installFlags = ['--no-audit', '--no-fund', '--no-package-lock'];

/** The one script of a framework that has to run: it puts the binary of the platform's package in its place. */
async function linkBun(folder: string): Promise<void> {
  const bun = join(folder, 'node_modules/bun');
  if (existsSync(bun)) await run(process.execPath, ['install.js'], { cwd: bun });
}

async function pack(folder: string): Promise<readonly string[]> {
  const { stdout } = await run(
    'npm',
    ['pack', '--json', '--pack-destination', folder, ...packages.map((name) => `./packages/${name}/publish`)],
    {
      cwd: workspace,
    },
  );
  return (JSON.parse(stdout) as { filename: string }[]).map(({ filename }) => `./${filename}`);
}

function count(output: string, pattern: RegExp): number {
  return Number(pattern.exec(output)?.[1] ?? 0);
}
