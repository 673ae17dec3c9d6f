import { describe, expect, it } from 'vitest';
import { type ContractCase, secretStoreContract } from '../src/index.ts';
import { brokenFailing } from './broken/secret-store/failing.ts';
import { brokenReading } from './broken/secret-store/reading.ts';
import { brokenPromises, failedCases, patienceOf } from './support/broken-promises.ts';
import { type ModelSecretStore, secretStoreFixture } from './support/model-secret-store.ts';

function contractOf(breakIt?: (store: ModelSecretStore) => void): readonly ContractCase[] {
  return secretStoreContract({
    shape: 'map',
    canFail: true,
    canMend: true,
    canHang: true,
    canAnswerMalformed: true,
    canCountReads: true,
    patienceMs: patienceOf(breakIt !== undefined),
    create: (secrets) => secretStoreFixture(secrets, breakIt),
  });
}

describe('secretStoreContract', () => {
  it('is kept by a small store that is right', async () => {
    expect(await brokenPromises(contractOf())).toEqual([]);
  });

  it.each([...brokenReading(), ...brokenFailing()])('notices a store that $fault', async (broken) => {
    expect(await failedCases(contractOf(broken.breakIt))).toContain(broken.caughtBy);
  });
});
