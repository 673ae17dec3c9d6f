import { beforeEach, describe, expect, it, vi } from 'vitest';
import { tokenSourceContract } from '../src/index.ts';
import { brokenFailures } from './broken/token-source/failures.ts';
import { brokenRefusals } from './broken/token-source/refusals.ts';
import { brokenServing } from './broken/token-source/serving.ts';
import { brokenPublishing } from './broken/token-source/subscribers.ts';
import { brokenPromises, failedCases, faultsOf, patienceOf } from './support/broken-promises.ts';
import { type ModelTokenSource, tokenSourceFixture } from './support/model-token-source.ts';

const brokenTokenSources = [brokenServing, brokenRefusals, brokenPublishing, brokenFailures].flatMap(
  faultsOf,
);

function contractOf(breakIt?: (source: ModelTokenSource) => void): ReturnType<typeof tokenSourceContract> {
  const create = (): ReturnType<typeof tokenSourceFixture> => tokenSourceFixture(breakIt);
  return tokenSourceContract({
    create,
    canRecover: true,
    canHold: true,
    patienceMs: patienceOf(breakIt !== undefined),
  });
}

// What broken ones print is nobody's to read.
beforeEach(() => void vi.spyOn(console, 'debug').mockReturnValue(undefined));

describe('tokenSourceContract', () => {
  it('is kept by a small source that is right', async () => {
    expect(await brokenPromises(contractOf())).toEqual([]);
  });

  it.each(brokenTokenSources)('notices a source that $fault', async ({ breakIt, caughtBy }) => {
    expect(await failedCases(contractOf(breakIt), caughtBy)).toContain(caughtBy);
  });

  it('leaves out the cases that need a hook which the setup does not announce', () => {
    const create = (): ReturnType<typeof tokenSourceFixture> => tokenSourceFixture(() => undefined);
    const names = tokenSourceContract({ create }).map(({ name }) => name);
    expect(names).not.toContain('gets a token again once the endpoint answers again');
    expect(contractOf().map(({ name }) => name)).toContain(
      'gets a token again once the endpoint answers again',
    );
  });

  it('refuses a fixture whose hook the setup does not announce', async () => {
    const create = (): ReturnType<typeof tokenSourceFixture> => tokenSourceFixture(() => undefined);
    const [first] = tokenSourceContract({ create });
    await expect(first?.run()).rejects.toThrow('The fixture has recoverRequests, which the setup does not');
  });
});
