import { describe, expect, it } from 'vitest';
import { tokenSourceContract } from '../src/contracts/token-source-contract.ts';
import { brokenFailures } from './broken/token-source/failures.ts';
import { brokenRejections } from './broken/token-source/rejections.ts';
import { brokenServing } from './broken/token-source/serving.ts';
import { brokenPublishing } from './broken/token-source/subscribers.ts';
import { bare, brokenPromises, expectNoticed, faultsOf, patienceOf } from './support/broken-promises.ts';
import { type ModelTokenSource, tokenSourceFixture } from './support/model-token-source.ts';

function contractOf(
  breakIt?: (source: ModelTokenSource) => void,
  patienceMs = patienceOf(),
): ReturnType<typeof tokenSourceContract> {
  const create = (): ReturnType<typeof tokenSourceFixture> => tokenSourceFixture(breakIt);
  return tokenSourceContract({
    create,
    canRecover: true,
    canHold: true,
    patienceMs,
  });
}

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

  it('is kept by a source that ends a request for which nobody waits any more', async () => {
    const ending = (source: ModelTokenSource): void => {
      const [answer, untilLeft] = [source.answer.bind(source), source.untilLeft.bind(source)];
      let [waiting, ended] = [0, 0];
      source.answer = async () => {
        const [mine, outcome] = [ended, answer()];
        await Promise.allSettled([outcome]);
        return await (mine === ended ? outcome : new Promise<never>(() => undefined));
      };
      source.untilLeft = async (work, signal) => {
        waiting++;
        return await untilLeft(work, signal).finally(() => {
          if (--waiting > 0 || source.flight !== work) return;
          ended++;
          source.flight = undefined;
        });
      };
    };
    expect(await brokenPromises(contractOf(ending))).toEqual([]);
  });

  it.each([brokenServing, brokenRejections, brokenPublishing, brokenFailures].flatMap(faultsOf))(
    'notices a source that $fault',
    (fault) => expectNoticed(fault, contractOf),
  );

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
