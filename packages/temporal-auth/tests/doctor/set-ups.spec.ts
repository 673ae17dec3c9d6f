import { expect, it } from 'vitest';
import { checkOf, diagnosed, namesOf, openDiagnosisScene } from '../support/diagnosis.ts';
import type { SetUp } from '../support/set-up.ts';
import { setUpsOfOperators } from '../support/set-ups-of-operators.ts';
import { setUpsOfCredentials } from '../support/set-ups-of-credentials.ts';
import { setUpsOfSettings } from '../support/set-ups-of-settings.ts';
import { setUpsOfTemporal } from '../support/set-ups-of-temporal.ts';
import { setUpsOfTokenAnswers } from '../support/set-ups-of-token-answers.ts';
import { setUpsOfTokenEndpoint } from '../support/set-ups-of-token-endpoint.ts';
import { setUpsOfTokens } from '../support/set-ups-of-tokens.ts';
import { toldSetUps } from '../support/told-set-ups.ts';

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

toldSetUps([...setUpsOfSettings, ...setUpsOfCredentials]);

it('a diagnosis names each setting that makes no sense', async () => {
  await using scene = await openDiagnosisScene();
  const env = { ATLAN_WORKFLOW_AUTH_ENABLED: 'perhaps', ATLAN_WORKFLOW_PORT: 'grpc' };
  const { causes } = await diagnosed(scene, { env });
  expect(causes).toEqual(['authentication', 'temporal-setting']);
});
