import { describe, expect, it } from 'vitest';
import { type ContractCase, renewContract } from '../src/index.ts';
import { brokenRenewals } from './broken/renew/renewals.ts';
import { brokenPromises, failedCases } from './support/broken-promises.ts';
import { type ModelRenewal, renewFixture } from './support/model-renewal.ts';

/** Long enough for a model in this process; what never comes costs a test no more. */
const patienceMs = 250;

function contractOf(breakIt: (model: ModelRenewal) => void): readonly ContractCase[] {
  return renewContract({
    canHold: true,
    canAnswerMalformed: true,
    canThrottle: true,
    patienceMs,
    create: () => renewFixture(breakIt),
  });
}

describe('renewContract', () => {
  it('is kept by a small renewal that is right', async () => {
    expect(await brokenPromises(contractOf(() => undefined))).toEqual([]);
  });

  it.each(brokenRenewals())('notices a renewal that $fault', async ({ breakIt, caughtBy }) => {
    expect(await failedCases(contractOf(breakIt))).toContain(caughtBy);
  });
});
