import { callback, checkGiven, type Checks, flag, oneOf, texts } from '../given/check-given.ts';
import { bindCases, type ContractCase, patienceChecks } from './contract-case.ts';
import { withHooks } from './fixture-hooks.ts';
import { failingCases } from './secret-store-failing.ts';
import { leavingCases } from './secret-store-leaving.ts';
import { readingCases } from './secret-store-reading.ts';
import type { SecretStoreContractSetup } from './secret-store-under-test.ts';

const setupChecks: Checks<SecretStoreContractSetup> = {
  ...patienceChecks,
  shape: oneOf(['map', 'value']),
  canFail: flag,
  canMend: flag,
  canHang: flag,
  canAnswerMalformed: flag,
  canCountReads: flag,
  names: texts,
  create: callback,
};

/** What every secret store does. Found, not there and cannot answer are three outcomes that are never confused. */
export function secretStoreContract(setup: SecretStoreContractSetup): readonly ContractCase[] {
  checkGiven('secretStoreContract', setup, setupChecks);
  const { canFail, canMend, canHang, canAnswerMalformed, canCountReads, patienceMs, shape } = setup;
  const fieldsOf = (name: string, value: string): Record<string, string> =>
    shape === 'map' ? { first: value, second: `${value}-2` } : { [name]: value };
  const cases = [
    ...readingCases(fieldsOf, setup.names),
    ...failingCases(fieldsOf),
    ...leavingCases(fieldsOf, canFail),
  ];
  return bindCases(cases, {
    patienceMs,
    has: (need) => shape === need || Reflect.get(setup, need) === true,
    create: async ({ secrets }) =>
      withHooks(await setup.create(secrets), {
        break: canFail,
        mend: canMend,
        hang: canHang,
        answerMalformed: canAnswerMalformed,
        reads: canCountReads,
      }),
  });
}
