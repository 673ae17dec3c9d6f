import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { countTests } from '../test-reports.ts';

interface Test {
  readonly fullName: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}

const passed: Test = { fullName: 'is fine', status: 'passed', failureMessages: [] };
const failedFor = (reason: string): Test => ({
  fullName: 'is not',
  status: 'failed',
  failureMessages: [reason],
});

/** A report of one file with these tests. */
function report(name: string, tests: readonly Test[], message = ''): string {
  const folder = mkdtempSync(join(tmpdir(), 'test-reports-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  const count = (status: string): number => tests.filter((test) => test.status === status).length;
  const isWell = tests.length > 0 && tests.every((test) => test.status === 'passed');
  const file = join(folder, 'report.json');
  const testResults = [{ name, status: isWell ? 'passed' : 'failed', message, assertionResults: tests }];
  const counts = {
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numPendingTests: count('skipped'),
  };
  writeFileSync(file, JSON.stringify({ ...counts, testResults }));
  return file;
}

it('counts the tests of all reports, and tells each failure with its file and reason', () => {
  const files = [
    report('a.spec.ts', [passed, passed]),
    report('b.spec.ts', [passed, failedFor('expected 1 to be 2\n  at b.spec.ts:3')]),
    report('c.spec.ts', [], 'No such module'),
    // In a hook, with no test that failed.
    report('d.spec.ts', [passed, { ...passed, status: 'skipped' }]),
  ];
  expect(countTests(files)).toEqual({
    passed: 4,
    failed: 3,
    skipped: 1,
    failures: [
      'b.spec.ts: is not\n    expected 1 to be 2\n      at b.spec.ts:3',
      'c.spec.ts: could not be loaded\n    No such module',
      'd.spec.ts: failed outside of its tests\n    ',
    ],
  });
});

it('cuts a long reason', () => {
  const reason = Array.from({ length: 50 }, (_, index) => `line ${index} ${'x'.repeat(1_000)}`).join('\n');
  const [failure = ''] = countTests([report('long.spec.ts', [failedFor(reason)])]).failures;
  expect(failure.split('\n')).toHaveLength(13);
  expect(failure.length).toBeLessThan(13 * 310);
});
