import { describe, expect, it } from 'vitest';
import { type ContractCase, secretStoreContract } from '../src/index.ts';
import { brokenFailing } from './broken/secret-store/failing.ts';
import { brokenReading } from './broken/secret-store/reading.ts';
import { brokenPromises, failedCases } from './support/broken-promises.ts';
import { type ModelSecretStore, secretStoreFixture } from './support/model-secret-store.ts';

/** Long enough for a model in this process; what never comes costs a test no more. */
const patienceMs = 250;

function contractOf(breakIt: (store: ModelSecretStore) => void): readonly ContractCase[] {
  return secretStoreContract({
    shape: 'map',
    canFail: true,
    canMend: true,
    canHang: true,
    canAnswerMalformed: true,
    canCountReads: true,
    patienceMs,
    create: (secrets) => secretStoreFixture(secrets, breakIt),
  });
}

describe('secretStoreContract', () => {
  it('is kept by a small store that is right', async () => {
    expect(await brokenPromises(contractOf(() => undefined))).toEqual([]);
  });

  it.each([...brokenReading(), ...brokenFailing()])('notices a store that $fault', async (broken) => {
    expect(await failedCases(contractOf(broken.breakIt))).toContain(broken.caughtBy);
  });
});
