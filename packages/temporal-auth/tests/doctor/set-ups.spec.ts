import { describe, expect, it } from 'vitest';
import { type DiagnoseOptions, runbookPlace } from '../../src/doctor/diagnosis.ts';
import { checkOf, diagnosed, namesOf, openDiagnosisScene } from '../support/diagnosis.ts';
import { setUpsOfCredentials } from '../support/set-ups-of-credentials.ts';
import { setUpsOfServers } from '../support/set-ups-of-servers.ts';

it('a diagnosis finds nothing wrong where nothing is, and says so of each check', async () => {
  await using scene = await openDiagnosisScene();
  const diagnosis = await diagnosed(scene);
  expect(diagnosis).toMatchObject({ success: true, causes: [] });
  expect(namesOf(diagnosis, 'skipped')).toEqual([
    'endpoint-tls',
    'agent',
    'temporal-native',
    'temporal-polls',
  ]);
  expect(namesOf(diagnosis, 'warning')).toEqual([]);
});

describe('a diagnosis names the cause when', () => {
  it.each([...setUpsOfCredentials, ...setUpsOfServers])('$title', async (set) => {
    const { stack, make, check, result, code, says, consequences } = set;
    await using started = new AsyncDisposableStack();
    const scene = started.use(await openDiagnosisScene(stack));
    const options = (await make(scene, started)) as DiagnoseOptions | undefined;
    const diagnosis = await diagnosed(scene, options);
    const found = checkOf(diagnosis, check);
    expect(found).toMatchObject({ result, code, error: expect.stringMatching(says) as string });
    expect(found.runbook).toBe(runbookPlace(code));
    const failures = namesOf(diagnosis, 'error').filter((name) => name !== check);
    expect(failures).toEqual(consequences);
    if (result !== 'error') return;
    expect(diagnosis).toMatchObject({ success: false, causes: [check] });
    for (const name of failures) expect(checkOf(diagnosis, name).consequenceOf).toBe(check);
  });
});

it('a diagnosis names each setting that makes no sense', async () => {
  await using scene = await openDiagnosisScene();
  const env = { ATLAN_WORKFLOW_AUTH_ENABLED: 'perhaps', ATLAN_WORKFLOW_PORT: 'grpc' };
  const { causes } = await diagnosed(scene, { env });
  expect(causes).toEqual(['authentication', 'temporal-setting']);
});
