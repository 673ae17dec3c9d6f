import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { cleanEnvironment, installedNpmProject, npm, type NpmProject } from '@worker-auth/servers';
import type { Registry } from '../registry/registry.ts';
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
const packages = ['refresh-scheduler', 'secret-store', 'token-manager', 'testing-fakes'].map(
  (name) => `@worker-auth/${name}`,
);
const run = promisify(execFile);

/** The test frameworks, Bun and Deno among them. */
export const frameworksProject: NpmProject = {
  name: 'consumers',
  folder: sources,
  proof: 'node_modules/.bin/jest',
  prepare: linkBun,
};

/**
 * Installs the packages by their names from the registry. The frameworks come from the lock file, once, into the cache; the packages, anew
 * each time, into a folder below, from which the frameworks are found.
 */
export async function createConsumer(registry: Registry): Promise<Consumer> {
  const frameworks = await installedNpmProject(frameworksProject);
  const folder = await mkdtemp(join(frameworks, 'run-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await cp(sources, folder, { recursive: true, filter: (path) => !path.endsWith('package-lock.json') });
    await rm(join(folder, 'package.json'));
    await npm(folder, ['init', '--yes', '--init-type=module']);
    await writeFile(join(folder, '.npmrc'), registry.npmrc);
    await npm(folder, ['install', '--no-audit', '--no-fund', ...packages]);
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

/** The one script of a framework that has to run: it puts the binary of the platform's package in its place. */
async function linkBun(folder: string): Promise<void> {
  const bun = join(folder, 'node_modules/bun');
  if (existsSync(bun)) await run(process.execPath, ['install.js'], { cwd: bun });
}

function count(output: string, pattern: RegExp): number {
  return Number(pattern.exec(output)?.[1] ?? 0);
}
