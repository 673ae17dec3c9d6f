import { execFile } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { promisify } from 'node:util';

/** Longer than a fresh machine takes for the largest project. */
const timeoutMs = 10 * 60_000;
const run = promisify(execFile);

/**
 * The environment of a project of somebody else: this one without what npm, Nx and a running test framework have added. The Node that
 * runs this process is first on `PATH`, not another.
 */
export function cleanEnvironment(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !/^(npm_|NODE_OPTIONS$|VITEST|JEST|NX_)/.test(entry[0]),
  );
  return { ...Object.fromEntries(kept), PATH: [dirname(process.execPath), env['PATH']].join(delimiter) };
}

/**
 * Runs npm in a folder, in a {@link cleanEnvironment}.
 *
 * @returns what it printed to standard output
 * @throws Error with what it printed to standard error when it fails
 */
export async function npm(cwd: string, args: readonly string[]): Promise<string> {
  const settings = { cwd, env: cleanEnvironment(), timeout: timeoutMs, maxBuffer: 2 ** 26 };
  return (await run('npm', [...args], settings)).stdout;
}
