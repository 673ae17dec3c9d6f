import { describe, expect, it } from 'vitest';
import type { ContractCase } from '../src/contracts/contract-case.ts';
import { credentialSourceContract } from '../src/contracts/credential-source-contract.ts';
import { brokenFailing } from './broken/credential-source/failing.ts';
import { brokenGiving } from './broken/credential-source/giving.ts';
import { bare, brokenPromises, expectNoticed, faultsOf, patienceOf } from './support/broken-promises.ts';
import { credentialSourceFixture, ModelCredentialSource } from './support/model-credential-source.ts';

function contractOf(
  breakIt?: (source: ModelCredentialSource) => void,
  patienceMs = patienceOf(),
): readonly ContractCase[] {
  return credentialSourceContract({
    canFail: true,
    canHold: true,
    patienceMs,
    create: (credentials) => credentialSourceFixture(credentials, breakIt),
  });
}

describe('credentialSourceContract', () => {
  it('is kept by a small source that is right', async () => {
    expect(await brokenPromises(contractOf())).toEqual([]);
  });

  it('is kept where fixtures have no hooks, and disposes of each', async () => {
    let open = 0;
    const cases = credentialSourceContract({
      create: (credentials) => {
        open++;
        return bare(credentialSourceFixture(credentials), ['break', 'mend', 'holdReads'], () => {
          open--;
        });
      },
    });
    expect(await brokenPromises(cases)).toEqual([]);
    expect(open).toBe(0);
  });

  it('is kept by a source whose credentials have a getter of their own that is not enumerable', async () => {
    const withGetter = (source: ModelCredentialSource): void => {
      source.shown = ({ clientId, clientSecret }) =>
        Object.freeze(
          Object.defineProperty({ clientId, clientSecret: '', source: 'a model' }, 'clientSecret', {
            get: () => clientSecret,
            enumerable: false,
          }),
        );
    };
    expect(await brokenPromises(contractOf(withGetter))).toEqual([]);
  });

  it('is kept by a source that asks its store twice, for the id and for the secret', async () => {
    const twice = (source: ModelCredentialSource): void => {
      const read = source.read.bind(source);
      source.read = async () => {
        await source.store.read();
        return await read();
      };
    };
    expect(await brokenPromises(contractOf(twice))).toEqual([]);
  });

  it('is kept by a source that gives each caller an object of his own, which he may change', async () => {
    const withOwn = (source: ModelCredentialSource): void => {
      source.get = async (options) => {
        const { clientId, clientSecret } = await ModelCredentialSource.prototype.get.call(source, options);
        return Object.defineProperty({ clientId, source: 'a model' }, 'clientSecret', {
          get: () => clientSecret,
        });
      };
    };
    expect(await brokenPromises(contractOf(withOwn))).toEqual([]);
  });

  it.each([brokenGiving, brokenFailing].flatMap(faultsOf))('notices a source that $fault', (fault) =>
    expectNoticed(fault, contractOf),
  );
});
