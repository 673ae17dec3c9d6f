import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { pinned, unlocked, type Versions } from './peer-versions.ts';
import type { Manifest } from './published-manifest.ts';
import { copyTrackedFiles } from './tracked-files.ts';

/** Longer than either takes on a busy machine. */
const installTimeoutMs = 10 * 60_000;
const testTimeoutMs = 40 * 60_000;

/** For one test: whether it passes is the question here, not how soon. */
const oneTestTimeoutMs = 60_000;

/** How the tests of a package went. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** A copy of the workspace, outside the clone, with other versions of some packages. Disposing of it removes the folder. */
export interface PeerProject extends AsyncDisposable {
  /**
   * Runs the tests of one package in it; what they write is shown.
   *
   * @param directory of the package, from the top of the workspace
   * @param specs parts of the names of the files to run, all when empty
   * @throws Error when they come to no report
   */
  test(directory: string, specs: readonly string[]): Promise<Outcome>;
}

/**
 * Makes such a copy, of what Git has or would take in. It needs a gigabyte in the folder for temporary files while it is there.
 *
 * @param signal ends npm, or the tests; the copy is removed then too
 * @throws Error when npm cannot install these versions
 */
export async function peerProject(
  workspace: string,
  versions: Versions,
  signal: AbortSignal,
): Promise<PeerProject> {
  const folder = await mkdtemp(join(tmpdir(), 'worker-auth-peers-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  // What is installed runs on the Node of the clone, whatever the machine has.
  const path = [dirname(process.execPath), join(folder, 'node_modules/.bin'), process.env['PATH']];
  const run = async (command: string, args: readonly string[], cwd: string, timeout: number) => {
    const env = { ...process.env, PATH: path.join(delimiter) };
    const child = spawn(command, args, {
      cwd,
      env,
      signal,
      timeout,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    return (await once(child, 'close')) as [code: number | null];
  };
  try {
    await copyWorkspace(workspace, folder, versions);
    // By force, since an SDK that only tests use may say that it does not know the newest of its own peers.
    const flags = [
      '--force',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
      '--loglevel=error',
    ];
    const [code] = await run('npm', ['install', ...flags], folder, installTimeoutMs);
    if (code !== 0) throw new Error(`npm cannot install ${listed(versions)}`);
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    test: async (directory, specs) => {
      const cwd = join(folder, directory);
      const timeouts = ['testTimeout', 'hookTimeout'].map((option) => `--${option}=${oneTestTimeoutMs}`);
      await run('vitest', ['run', ...timeouts, ...specs], cwd, testTimeoutMs);
      return await readOutcome(join(cwd, 'reports/vitest.json'));
    },
    [Symbol.asyncDispose]: remove,
  };
}

/** `jose 6.2.18, @temporalio/* 1.20.3` */
export function listed(versions: Versions): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}

async function copyWorkspace(workspace: string, folder: string, versions: Versions): Promise<void> {
  for (const path of await copyTrackedFiles(workspace, folder)) {
    const target = join(folder, path);
    if (basename(path) === 'package.json') await rewrite(target, (manifest) => pinned(manifest, versions));
    if (path === 'package-lock.json') await rewrite(target, (lock) => unlocked(lock, versions));
  }
}

async function rewrite(file: string, change: (content: Manifest) => Manifest): Promise<void> {
  const content = JSON.parse(await readFile(file, 'utf8')) as Manifest;
  await writeFile(file, `${JSON.stringify(change(content), undefined, 2)}\n`);
}

async function readOutcome(report: string): Promise<Outcome> {
  const counts = JSON.parse(await readFile(report, 'utf8')) as {
    readonly success: boolean;
    readonly numPassedTests: number;
    readonly numFailedTests: number;
    readonly numPendingTests: number;
  };
  return {
    passed: counts.numPassedTests,
    // A file that could not be loaded holds no tests, and must not pass for one without failures.
    failed: Math.max(counts.numFailedTests, counts.success ? 0 : 1),
    skipped: counts.numPendingTests,
  };
}
