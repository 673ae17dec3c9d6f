import { describe, expect, it } from 'vitest';
import { type ContractCase, credentialSourceContract } from '../src/index.ts';
import { brokenCredentialSources } from './broken/credential-source/credential-sources.ts';
import { brokenPromises, failedCases, patienceOf } from './support/broken-promises.ts';
import { credentialSourceFixture, type ModelCredentialSource } from './support/model-credential-source.ts';

function contractOf(breakIt?: (source: ModelCredentialSource) => void): readonly ContractCase[] {
  return credentialSourceContract({
    canFail: true,
    canHold: true,
    patienceMs: patienceOf(breakIt !== undefined),
    create: (credentials) => credentialSourceFixture(credentials, breakIt),
  });
}

describe('credentialSourceContract', () => {
  it('is kept by a small source that is right', async () => {
    expect(await brokenPromises(contractOf())).toEqual([]);
  });

  it.each(brokenCredentialSources())('notices a source that $fault', async ({ breakIt, caughtBy }) => {
    expect(await failedCases(contractOf(breakIt))).toContain(caughtBy);
  });
});
