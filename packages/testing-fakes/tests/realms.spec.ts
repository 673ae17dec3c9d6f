import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { ContractCase } from '../src/contracts/contract-case.ts';
import { secretStoreContract } from '../src/contracts/secret-store-contract.ts';
import { tokenSourceContract } from '../src/contracts/token-source-contract.ts';
import { brokenPromises } from './support/broken-promises.ts';
import { deadlines, ModelSecretStore, secretStoreFixture } from './support/model-secret-store.ts';
import { tokenSourceFixture } from './support/model-token-source.ts';

/** As a test framework has it that runs tests in a context of its own: another `Error`, `Object`, `Promise`. */
const realm = createContext({});
const makeError = runInContext('(message) => new Error(message)', realm) as (message: string) => Error;
const makePromise = runInContext(
  '(work) => new Promise((resolve, reject) => { work.then(resolve, reject) })',
  realm,
) as <T>(work: Promise<T>) => Promise<T>;
const makeObject = runInContext('(json) => JSON.parse(json)', realm) as (
  json: string,
) => Readonly<Record<string, string>>;

function storeContract(isBroken: boolean): readonly ContractCase[] {
  return secretStoreContract({
    ...{ shape: 'map', canFail: true, canMend: true, canHang: true },
    ...{ canAnswerMalformed: true, canCountReads: true },
    patienceMs: isBroken ? 250 : 60_000,
    create: (secrets) =>
      secretStoreFixture(
        secrets,
        (store) => {
          store.error = makeError;
          const read = store.read.bind(store);
          store.read = async (name) => {
            const fields = isBroken ? await read(name).catch(() => undefined) : await read(name);
            return fields && makeObject(JSON.stringify(fields));
          };
          store.get = (name, options) =>
            makePromise(ModelSecretStore.prototype.get.call(store, name, options));
        },
        isBroken ? deadlines.broken : deadlines.right,
      ),
  });
}

function sourceContract(isBroken: boolean): readonly ContractCase[] {
  return tokenSourceContract({
    canRecover: true,
    canHold: true,
    patienceMs: isBroken ? 250 : 60_000,
    create: () =>
      tokenSourceFixture((source) => {
        const answer = source.endpoint.answer.bind(source.endpoint);
        source.endpoint.answer = () =>
          answer().catch(() => {
            throw makeError('the endpoint fails');
          });
        const getToken = source.getToken.bind(source);
        source.getToken = (options) =>
          makePromise(isBroken ? getToken(options).catch(() => '') : getToken(options));
      }),
  });
}

describe('a contract, for an implementation of another realm', () => {
  it('makes of its errors what they are not elsewhere', () => {
    expect(makeError('of the realm')).not.toBeInstanceOf(Error);
  });

  it('is kept by a right store', async () => {
    expect(await brokenPromises(storeContract(false))).toEqual([]);
  });

  it('is not kept by a store that swallows errors', async () => {
    expect(await brokenPromises(storeContract(true))).toContain(
      'rejects, and never says "not there", when it cannot answer',
    );
  });

  it('is kept by a right token source', async () => {
    expect(await brokenPromises(sourceContract(false))).toEqual([]);
  });

  it('is not kept by a token source that swallows errors', async () => {
    expect(await brokenPromises(sourceContract(true))).toContain(
      'rejects a caller who has left already, with the reason of the signal and no request',
    );
  });
});
