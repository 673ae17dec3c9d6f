import { describe, expect, it } from 'vitest';
import { runbookPlace } from '../../src/doctor/diagnosis.ts';
import { brokenStacks } from '../support/broken-stacks.ts';
import { checkOf, diagnosed, namesOf, openDiagnosisScene } from '../support/diagnosis.ts';

describe('a diagnosis finds nothing wrong', () => {
  it('where nothing is, and says so of each check', async () => {
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
});

describe('a diagnosis names the cause when', () => {
  it.each(brokenStacks)('$trouble', async ({ stack, broken, cause, code, consequences = [] }) => {
    await using started = new AsyncDisposableStack();
    const scene = started.use(await openDiagnosisScene(stack));
    const diagnosis = await diagnosed(scene, await broken(scene, started));
    expect(diagnosis).toMatchObject({ success: false, causes: [cause] });
    const check = checkOf(diagnosis, cause);
    expect(check).toMatchObject({ result: 'error', code });
    expect(check.runbook).toBe(runbookPlace(code));
    expect(namesOf(diagnosis, 'error').filter((name) => name !== cause)).toEqual(consequences);
    for (const name of consequences) expect(checkOf(diagnosis, name).consequenceOf).toBe(cause);
  });
});

it('a diagnosis names each setting that makes no sense', async () => {
  await using scene = await openDiagnosisScene();
  const env = { ATLAN_WORKFLOW_AUTH_ENABLED: 'perhaps', ATLAN_WORKFLOW_PORT: 'grpc' };
  const { causes } = await diagnosed(scene, { env });
  expect(causes).toEqual(['authentication', 'temporal-setting']);
});
