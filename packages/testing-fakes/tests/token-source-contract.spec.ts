import { beforeEach, describe, expect, it, vi } from 'vitest';
import { tokenSourceContract } from '../src/contracts/contracts.ts';
import { tokenSourceMessages } from './broken/token-source/messages.ts';
import { brokenFailures } from './broken/token-source/failures.ts';
import { brokenRejections } from './broken/token-source/rejections.ts';
import { brokenServing } from './broken/token-source/serving.ts';
import { brokenPublishing } from './broken/token-source/subscribers.ts';
import { strangersMessages, strangersSources } from './broken/by-strangers.ts';
import { unforeseenMessages, unforeseenTokenSources } from './broken/unforeseen.ts';
import { bare, brokenPromises, failures, faultsOf, patienceOf } from './support/broken-promises.ts';
import { type ModelTokenSource, tokenSourceFixture } from './support/model-token-source.ts';

const brokenTokenSources = [brokenServing, brokenRejections, brokenPublishing, brokenFailures].flatMap(
  (faults) => faultsOf(faults, tokenSourceMessages),
);

function contractOf(
  breakIt?: (source: ModelTokenSource) => void,
  message?: string,
): ReturnType<typeof tokenSourceContract> {
  const create = (): ReturnType<typeof tokenSourceFixture> => tokenSourceFixture(breakIt);
  return tokenSourceContract({
    create,
    canRecover: true,
    canHold: true,
    patienceMs: patienceOf(message),
  });
}

// What broken ones print is nobody's to read.
beforeEach(() => void vi.spyOn(console, 'debug').mockReturnValue(undefined));

describe('tokenSourceContract', () => {
  it('is kept by a small source that is right', async () => {
    expect(await brokenPromises(contractOf())).toEqual([]);
  });

  it('is kept by a source that tells the newest subscriber first', async () => {
    const newestFirst = (source: ModelTokenSource): void => {
      source.publish = (token) => {
        for (const subscription of source.subscriptions.toReversed()) {
          if (source.subscriptions.includes(subscription)) source.tell(subscription.listener, token);
        }
      };
    };
    expect(await brokenPromises(contractOf(newestFirst))).toEqual([]);
  });

  it('is kept by a source that asks twice before it gives up, and again for later callers', async () => {
    const twice = (source: ModelTokenSource): void => {
      const answer = source.endpoint.answer.bind(source.endpoint);
      source.endpoint.answer = () => answer().catch(() => answer());
      Object.defineProperty(source, 'rejection', { set: () => undefined, get: () => undefined });
    };
    expect(await brokenPromises(contractOf(twice))).toEqual([]);
  });

  it.each([
    ...brokenTokenSources,
    ...faultsOf(unforeseenTokenSources, unforeseenMessages),
    ...faultsOf(strangersSources, strangersMessages),
  ])('notices a source that $fault', async ({ breakIt, caughtBy: name, message }) => {
    expect(await failures(contractOf(breakIt, message), name)).toEqual([{ name, message }]);
  });

  it('is kept where fixtures have no hooks, and disposes of each', async () => {
    let open = 0;
    const cases = tokenSourceContract({
      create: () => {
        open++;
        return bare(tokenSourceFixture(), ['recoverRequests', 'holdRequests'], () => {
          open--;
        });
      },
    });
    expect(await brokenPromises(cases)).toEqual([]);
    expect(open).toBe(0);
  });
});
