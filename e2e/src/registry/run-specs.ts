import { cleanEnvironment } from '@worker-auth/servers';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const workspace = join(import.meta.dirname, '../../..');
const timeoutMs = 15 * 60_000;

/**
 * Runs specs of a project of this workspace.
 *
 * @param directory of the project, from the top of the workspace
 * @param report the file for the report of vitest's JSON reporter
 * @param options of vitest, beside the specs
 */
export async function runSpecs(
  directory: string,
  specs: readonly string[],
  env: Readonly<Record<string, string>>,
  report: string,
  options: readonly string[] = [],
): Promise<void> {
  const args = [join(workspace, 'node_modules/vitest/vitest.mjs'), 'run', ...options, ...specs];
  const settings = {
    cwd: join(workspace, directory),
    env: { ...cleanEnvironment(), TEST_RING: 'all', TEST_REPORT: report, ...env },
    timeout: timeoutMs,
    maxBuffer: 2 ** 26,
  };
  const output = await promisify(execFile)(process.execPath, args, settings).then(
    () => '',
    (error: unknown) => {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      return stdout + stderr;
    },
  );
  if (!existsSync(report)) throw new Error(`The specs of ${directory} came to no report:\n${output}`);
}
