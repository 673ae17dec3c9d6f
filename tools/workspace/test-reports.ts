import { readFileSync } from 'node:fs';

/** What vitest's JSON reporter writes, as far as it is read here. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
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

export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
  /** A text for each test that failed: its file, its name and the first lines of the reason. */
  readonly failures: string[];
}

/** Lines of a reason that are kept: the last part of a log is often all that is kept of it. */
const maxReasonLines = 12;

/** @param files reports of vitest's JSON reporter */
export function countTests(files: readonly string[]): TestCounts {
  const counts: TestCounts = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for (const file of files) {
    const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
    counts.passed += report.numPassedTests;
    counts.failed += report.numFailedTests;
    counts.skipped += report.numPendingTests;
    for (const { name, status, message, assertionResults } of report.testResults) {
      const failed = assertionResults.filter((test) => test.status === 'failed');
      for (const { fullName, failureMessages } of failed)
        counts.failures.push(failure(name, fullName, failureMessages.join('\n')));
      // A file that could not be loaded, or whose hooks failed, must not pass for one without failures.
      if (status === 'failed' && failed.length === 0) {
        counts.failed += 1;
        const what = assertionResults.length === 0 ? 'could not be loaded' : 'failed outside of its tests';
        counts.failures.push(failure(name, what, message));
      }
    }
  }
  return counts;
}

function failure(file: string, name: string, reason: string): string {
  const lines = reason.split('\n').slice(0, maxReasonLines);
  return [`${file}: ${name}`, ...lines.map((line) => `    ${line.slice(0, 300)}`)].join('\n');
}
