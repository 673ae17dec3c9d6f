import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { countTests } from '../test-reports.ts';

const folder = mkdtempSync(join(tmpdir(), 'test-reports-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function reportFile(name: string, report: object): string {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(report));
  return file;
}

test('the tests of all reports are counted, and each failure is told with its file and reason', () => {
  const passing = reportFile('a.json', {
    ...{ numPassedTests: 2, numFailedTests: 0, numPendingTests: 1 },
    testResults: [
      {
        ...{ name: 'a.spec.ts', status: 'passed', message: '' },
        assertionResults: [{ fullName: 'is fine', status: 'passed', failureMessages: [] }],
      },
    ],
  });
  const failing = reportFile('b.json', {
    ...{ numPassedTests: 1, numFailedTests: 1, numPendingTests: 0 },
    testResults: [
      {
        ...{ name: 'b.spec.ts', status: 'failed', message: '' },
        assertionResults: [
          { fullName: 'is fine too', status: 'passed', failureMessages: [] },
          { fullName: 'is not', status: 'failed', failureMessages: ['expected 1 to be 2\n  at b.spec.ts:3'] },
        ],
      },
      { name: 'c.spec.ts', status: 'failed', message: 'No such module', assertionResults: [] },
    ],
  });

  expect(countTests([passing, failing])).toEqual({
    ...{ passed: 3, failed: 2, skipped: 1 },
    failures: [
      'b.spec.ts: is not\n    expected 1 to be 2\n      at b.spec.ts:3',
      'c.spec.ts: could not be loaded\n    No such module',
    ],
  });
});

test('a file that failed in a hook, with no test that failed, is a failure', () => {
  const file = reportFile('hook.json', {
    ...{ numPassedTests: 1, numFailedTests: 0, numPendingTests: 1 },
    testResults: [
      {
        ...{ name: 'hook.spec.ts', status: 'failed', message: '' },
        assertionResults: [
          { fullName: 'is fine', status: 'passed', failureMessages: [] },
          { fullName: 'was never begun', status: 'skipped', failureMessages: [] },
        ],
      },
    ],
  });
  expect(countTests([file])).toEqual({
    ...{ passed: 1, failed: 1, skipped: 1 },
    failures: ['hook.spec.ts: failed outside of its tests\n    '],
  });
});

test('a long reason is cut', () => {
  const reason = Array.from({ length: 50 }, (_, index) => `line ${index} ${'x'.repeat(1_000)}`).join('\n');
  const file = reportFile('long.json', {
    ...{ numPassedTests: 0, numFailedTests: 1, numPendingTests: 0 },
    testResults: [
      {
        ...{ name: 'long.spec.ts', status: 'failed', message: '' },
        assertionResults: [{ fullName: 'is long', status: 'failed', failureMessages: [reason] }],
      },
    ],
  });
  const [failure = ''] = countTests([file]).failures;
  expect(failure.split('\n')).toHaveLength(13);
  expect(failure.length).toBeLessThan(13 * 310);
});
