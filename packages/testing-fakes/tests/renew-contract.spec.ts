import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type ContractCase, renewContract } from '../src/index.ts';
import { brokenRenewals } from './broken/renew/renewals.ts';
import { brokenPromises, failedCases, faultsOf, patienceOf } from './support/broken-promises.ts';
import { type ModelRenewal, renewFixture } from './support/model-renewal.ts';

function contractOf(breakIt?: (model: ModelRenewal) => void): readonly ContractCase[] {
  return renewContract({
    canHold: true,
    canAnswerMalformed: true,
    canThrottle: true,
    patienceMs: patienceOf(breakIt !== undefined),
    create: () => renewFixture(breakIt),
  });
}

// What broken ones print is nobody's to read.
beforeEach(() => void vi.spyOn(console, 'debug').mockReturnValue(undefined));

describe('renewContract', () => {
  it('is kept by a small renewal that is right', async () => {
    expect(await brokenPromises(contractOf())).toEqual([]);
  });

  it.each(faultsOf(brokenRenewals))('notices a renewal that $fault', async ({ breakIt, caughtBy }) => {
    expect(await failedCases(contractOf(breakIt), caughtBy)).toContain(caughtBy);
  });
});
