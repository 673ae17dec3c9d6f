import { expect, it } from 'vitest';
import { diagnosisText } from '../../src/cli/doctor-command.ts';
import type { Check, Diagnosis } from '../../src/doctor/diagnosis.ts';

const paint = (style: unknown, text: string): string => `<${String(style)} ${text}>`;

function check(more: Partial<Check>): Check {
  return { name: 'platform', description: 'a', result: 'success', url: 'page#a', ...more };
}

const failed = check({
  ...{ result: 'error', description: 'c', cause: 'd', remedy: 'e', code: 'DOCTOR_CLOCK_OFF' },
  evidence: ['f', 'g'],
});
const warned = check({
  ...{ name: 'temporal-frontends', result: 'warning', description: 'b', cause: 'x', remedy: 'y' },
  code: 'DOCTOR_SERVER_OLD',
});
const followed = check({ ...failed, name: 'temporal-connection', description: 'h', consequenceOf: 'secret' });

function diagnosis(checks: readonly Check[], causes: Diagnosis['causes'] = []): Diagnosis {
  return {
    ...{ success: causes.length === 0, causes },
    categories: [
      { categoryName: 'configuration', checks: [check({ name: 'application' })] },
      { categoryName: 'Temporal', checks },
    ],
  };
}

const problem = [
  '<red ✗ d>',
  '  e',
  '<dim   - f>',
  '<dim   - g>',
  '<dim   DOCTOR_CLOCK_OFF (platform): page#a>',
  '',
];
const warning = ['<yellow ! x>', '  y', '<dim   DOCTOR_SERVER_OLD (temporal-frontends): page#a>', ''];

it('begins with each cause and its remedy, then the warnings, then a line for each check', () => {
  const skipped = check({ name: 'temporal-native', result: 'skipped', description: 'i' });
  const all = diagnosis([warned, failed, followed, skipped], ['platform']);
  expect(diagnosisText(all, paint, false).split('\n')).toEqual([
    ...problem,
    ...warning,
    '<bold configuration>',
    '  <green ✓> a',
    '',
    '<bold Temporal>',
    '  <yellow !> b',
    '  <red ✗> c',
    '  <red ✗> h (a consequence of "secret")',
    '<dim   - i>',
    '',
    '<red ✗ 2 checks failed. Begin with: platform>',
  ]);
});
