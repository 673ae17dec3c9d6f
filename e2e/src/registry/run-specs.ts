import { cleanEnvironment } from '@worker-auth/servers';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

/** How specs ended. */
export interface SpecsOutcome {
  readonly passed: number;
  readonly failed: number;
  /** What failed, with the beginning of its message. */
  readonly failures: readonly string[];
}

interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

const workspace = join(import.meta.dirname, '../../..');
const timeoutMs = 15 * 60_000;

/**
 * Runs specs of a project of this workspace.
 *
 * @param directory of the project, from the top of the workspace
 * @param options of vitest, beside the specs
 */
export async function runSpecs(
  directory: string,
  specs: readonly string[],
  env: Readonly<Record<string, string>>,
  options: readonly string[] = [],
): Promise<SpecsOutcome> {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'report.json');
  const args = [join(workspace, 'node_modules/vitest/vitest.mjs'), 'run', ...options, ...specs];
  const settings = {
    cwd: join(workspace, directory),
    env: { ...cleanEnvironment(), TEST_RING: 'all', TEST_REPORT: file, ...env },
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
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Error(`The specs of ${directory} came to no report:\n${output}`);
  });
  return outcomeOf(JSON.parse(text) as Report);
}

function outcomeOf({ numPassedTests, testResults }: Report): SpecsOutcome {
  const failures = testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    // A file that could not be loaded holds no tests, and must not pass for one without failures.
    if (failed.length === 0) return status === 'failed' ? [`${name}: ${message}`] : [];
    return failed.map((test) => `${test.fullName}: ${test.failureMessages.join('\n').slice(0, 2_000)}`);
  });
  return { passed: numPassedTests, failed: failures.length, failures };
}
