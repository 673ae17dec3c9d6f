import { expect, it } from 'vitest';
import { diagnosisText } from '../../src/cli/doctor-command.ts';
import type { Check, Diagnosis } from '../../src/doctor/diagnosis.ts';

const paint = (style: unknown, text: string): string => `<${String(style)} ${text}>`;

function check(more: Partial<Check>): Check {
  return { name: 'platform', description: 'a', result: 'success', runbook: 'page#a', ...more };
}

const failed = check({ result: 'error', description: 'c', error: 'd\ne', code: 'DOCTOR_CLOCK_OFF' });
const warned = check({ result: 'warning', description: 'b', error: 'x', code: 'DOCTOR_SERVER_OLD' });
const followed = check({ ...failed, description: 'f', consequenceOf: 'sidecar' });

function diagnosis(checks: readonly Check[], causes: Diagnosis['causes'] = []): Diagnosis {
  return {
    ...{ success: causes.length === 0, causes },
    categories: [
      { categoryName: 'configuration', checks: [check({})] },
      { categoryName: 'Temporal', checks },
    ],
  };
}

it('has a line for each check, and more for what is wrong', () => {
  const skipped = check({ result: 'skipped', description: 'g' });
  const all = diagnosis([warned, failed, followed, skipped], ['platform', 'sidecar']);
  expect(diagnosisText(all, paint, false).split('\n')).toEqual([
    '<bold configuration>',
    '  <green ✓> a',
    '',
    '<bold Temporal>',
    '  <yellow !> b',
    '      x',
    '      DOCTOR_SERVER_OLD: see page#a',
    '  <red ✗> c',
    '      d',
    '      e',
    '      DOCTOR_CLOCK_OFF: see page#a',
    '  <red ✗> f',
    '      d',
    '      e',
    '      This is a consequence of "sidecar".',
    '<dim   - g>',
    '',
    '<red ✗ 2 checks failed. Begin with: platform, sidecar>',
  ]);
});

it.each<[readonly Check[], string[]]>([
  [
    [warned, check({ result: 'skipped' }), check({})],
    [
      '<bold Temporal>',
      '  <yellow !> b',
      '      x',
      '      DOCTOR_SERVER_OLD: see page#a',
      '',
      '<yellow ! No check failed; 1 check warned>',
    ],
  ],
  [[check({ result: 'skipped' })], ['<green ✓ All checks passed>']],
])('is short: %#', (checks, lines) => {
  expect(diagnosisText(diagnosis(checks), paint, true).split('\n')).toEqual(lines);
});

it('counts one failure', () => {
  const lines = diagnosisText(diagnosis([failed], ['platform']), paint, true).split('\n');
  expect(lines.at(0)).toBe('<bold Temporal>');
  expect(lines.at(-1)).toBe('<red ✗ 1 check failed. Begin with: platform>');
});
