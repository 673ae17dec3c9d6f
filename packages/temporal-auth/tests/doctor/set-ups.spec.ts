import { describe, expect, it } from 'vitest';
import { diagnosisText } from '../../src/cli/doctor-command.ts';
import { runbookUrl } from '@worker-auth/calls/conditions/runbook';
import type { DiagnoseOptions } from '../../src/doctor/diagnosis.ts';
import { checkOf, diagnosed, namesOf, openDiagnosisScene } from '../support/diagnosis.ts';
import type { SetUp } from '../support/set-up.ts';
import { setUpsOfOperators } from '../support/set-ups-of-operators.ts';
import { setUpsOfCredentials } from '../support/set-ups-of-credentials.ts';
import { setUpsOfSettings } from '../support/set-ups-of-settings.ts';
import { setUpsOfTemporal } from '../support/set-ups-of-temporal.ts';
import { setUpsOfTokenAnswers } from '../support/set-ups-of-token-answers.ts';
import { setUpsOfTokenEndpoint } from '../support/set-ups-of-token-endpoint.ts';
import { setUpsOfTokens } from '../support/set-ups-of-tokens.ts';

const all: readonly SetUp[] = [
  ...[...setUpsOfSettings, ...setUpsOfCredentials, ...setUpsOfTokenEndpoint],
  ...[...setUpsOfTokenAnswers, ...setUpsOfTokens, ...setUpsOfTemporal, ...setUpsOfOperators],
];

it('a diagnosis finds nothing wrong where nothing is, and says so of each check', async () => {
  await using scene = await openDiagnosisScene();
  const diagnosis = await diagnosed(scene);
  expect(diagnosis).toMatchObject({ success: true, causes: [] });
  expect(namesOf(diagnosis, 'skipped')).toEqual([
    'agent',
    'temporal-native',
    'temporal-pollers',
    'temporal-polls',
  ]);
  expect(namesOf(diagnosis, 'warning')).toEqual([]);
  expect(checkOf(diagnosis, 'token-request').description).toMatch(/ component ".*, by client_secret_post$/);
});

it('the table has 80 set-ups or more, each of its own', () => {
  expect(new Set(all.map(({ title }) => title)).size).toBe(all.length);
  expect(all.length).toBeGreaterThanOrEqual(80);
});

describe('the first line of the doctor is the cause and the second the remedy, as text and as JSON, when', () => {
  it.each(all)('$title', async ({ stack, make, found, cause, remedy, evidence, result = 'error' }) => {
    await using started = new AsyncDisposableStack();
    const scene = started.use(await openDiagnosisScene(stack));
    const options = (await make(scene, started)) as DiagnoseOptions | undefined;
    // No secret and no token can be seen in it.
    const diagnosis = await diagnosed(scene, options);
    const text = diagnosisText(diagnosis, (_style, line) => line, true);
    const [first = '', second = ''] = text.split('\n').map((line) => line.replace(/^(?:[✗!]| ) /, ''));
    expect(first).toMatch(cause);
    expect(second).toMatch(remedy);
    const [name, code] = found;
    const check = checkOf(diagnosis, name);
    expect(check).toMatchObject({ result, code, cause: first, remedy: second, url: runbookUrl(code) });
    expect((check.evidence ?? []).join('\n')).toMatch(evidence ?? /^/);
    expect(JSON.parse(JSON.stringify(diagnosis))).toEqual(diagnosis);
    expect(diagnosis).toMatchObject({
      ...{ success: result !== 'error', causes: result === 'error' ? [name] : [] },
    });
    for (const failure of namesOf(diagnosis, 'error').filter((other) => other !== name))
      expect(checkOf(diagnosis, failure).consequenceOf).toBe(name);
  });
});

it('a diagnosis names each setting that makes no sense', async () => {
  await using scene = await openDiagnosisScene();
  const env = { ATLAN_WORKFLOW_AUTH_ENABLED: 'perhaps', ATLAN_WORKFLOW_PORT: 'grpc' };
  const { causes } = await diagnosed(scene, { env });
  expect(causes).toEqual(['authentication', 'temporal-setting']);
});
