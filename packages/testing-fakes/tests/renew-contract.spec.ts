import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type ContractCase, renewContract } from '../src/index.ts';
import { renewMessages } from './broken/renew/messages.ts';
import { brokenRenewals } from './broken/renew/renewals.ts';
import { bare, brokenPromises, failures, faultsOf, patienceOf } from './support/broken-promises.ts';
import { type ModelRenewal, renewFixture } from './support/model-renewal.ts';

function contractOf(breakIt?: (model: ModelRenewal) => void, message?: string): readonly ContractCase[] {
  return renewContract({
    canHold: true,
    canAnswerMalformed: true,
    canThrottle: true,
    patienceMs: patienceOf(message),
    create: () => renewFixture(breakIt),
  });
}

// What broken ones print is nobody's to read.
beforeEach(() => void vi.spyOn(console, 'debug').mockReturnValue(undefined));

describe('renewContract', () => {
  it('is kept by a small renewal that is right', async () => {
    expect(await brokenPromises(contractOf())).toEqual([]);
  });

  it('is kept where fixtures have no hooks, and disposes of each', async () => {
    let open = 0;
    const cases = renewContract({
      create: () => {
        open++;
        return bare(renewFixture(), ['holdRequests', 'pass', 'answerMalformed', 'throttle'], () => {
          open--;
        });
      },
    });
    expect(await brokenPromises(cases)).toEqual([]);
    expect(open).toBe(0);
  });

  it('is kept by a renewal that gives a wait of 0', async () => {
    const withWait = (model: ModelRenewal): void => {
      model.error = (message, { retryAfterSeconds = 0 }) =>
        Object.assign(new Error(message), { retryAfterMs: retryAfterSeconds * 1_000 });
    };
    expect(await brokenPromises(contractOf(withWait))).toEqual([]);
  });

  it.each(faultsOf(brokenRenewals, renewMessages))(
    'notices a renewal that $fault',
    async ({ breakIt, caughtBy: name, message }) => {
      expect(await failures(contractOf(breakIt, message), name)).toEqual([{ name, message }]);
    },
  );
});
