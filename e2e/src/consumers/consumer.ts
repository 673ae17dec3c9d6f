import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { cached } from '@worker-auth/servers';
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

/**
 * Packs the packages as they are published, and installs them. The frameworks come from the lock file, once, into the cache; the packages, anew
 * each time, into a folder below, from which the frameworks are found.
 */
export async function createConsumer(): Promise<Consumer> {
  const frameworks = await installedFrameworks();
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
      const settings = { cwd: folder, env: { ...cleanEnv(), ...framework.env, ...env }, maxBuffer: 2 ** 26 };
      const { stdout, stderr } = await run(programOf(framework), [...framework.args], settings).catch(
        // An exit code other than 0 is what a failing suite has.
        (error: unknown) => error as { stdout: string; stderr: string },
      );
      const output = stripVTControlCharacters(`${stdout}\n${stderr}`);
      return { passed: count(output, framework.passed), failed: count(output, framework.failed), output };
    },
    npx: async (args) => {
      const { stdout } = await run('npx', ['--no-install', ...args], { cwd: folder, env: cleanEnv() });
      return stdout;
    },
    [Symbol.asyncDispose]: remove,
  };
}

const installFlags = ['--no-audit', '--no-fund', '--no-package-lock'];

async function installedFrameworks(): Promise<string> {
  const lock = await readFile(join(sources, 'package-lock.json'));
  const digest = createHash('sha256').update(lock).digest('hex').slice(0, 12);
  const entry = {
    name: `consumers-${digest}-${process.platform}-${process.arch}`,
    proof: 'node_modules/.bin/jest',
  };
  return await cached(entry, async (folder) => {
    for (const file of ['package.json', 'package-lock.json'])
      await cp(join(sources, file), join(folder, file));
    await npm(folder, ['ci', '--no-audit', '--no-fund', '--ignore-scripts']);
    await linkBun(folder);
  });
}

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

async function npm(cwd: string, args: readonly string[]): Promise<void> {
  await run('npm', [...args], { cwd, env: cleanEnv(), maxBuffer: 2 ** 26 });
}

/** The environment without what npm and the running test framework have added: a consumer has none of that. */
function cleanEnv(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !/^(npm_|NODE_OPTIONS$|VITEST|JEST|NX_)/.test(entry[0]),
  );
  // The Node that runs this one, not another that is first on the path.
  const path = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
  return { ...Object.fromEntries(entries), PATH: path };
}

function count(output: string, pattern: RegExp): number {
  return Number(pattern.exec(output)?.[1] ?? 0);
}
