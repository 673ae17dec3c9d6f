import { callback, checkGiven, type Checks, flag, oneOf, texts } from '../../given/check-given.ts';
import { type ContractCase, contractCase, patienceChecks } from '../contract-case.ts';
import { withHooks } from '../fixture-hooks.ts';
import { failingCases } from './failing-cases.ts';
import { leavingCases } from './leaving-cases.ts';
import { readingCases } from './reading-cases.ts';
import type {
  ContractSecrets,
  SecretStoreContractSetup,
  HookedSecretStore,
} from './secret-store-under-test.ts';

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
  const fieldsOf = (name: string, value: string): Record<string, string> =>
    setup.shape === 'map' ? { first: value, second: `${value}-2` } : { [name]: value };
  const create = async (secrets: ContractSecrets): Promise<HookedSecretStore> =>
    withHooks(await setup.create(secrets), {
      break: setup.canFail,
      mend: setup.canMend,
      hang: setup.canHang,
      answerMalformed: setup.canAnswerMalformed,
      reads: setup.canCountReads,
    });
  return [
    ...readingCases(setup, fieldsOf),
    ...failingCases(fieldsOf),
    ...leavingCases(setup.canFail, fieldsOf),
  ]
    .filter(({ needs = [] }) => [needs].flat().every((need) => setup[need] === true))
    .map(({ name, promise, secrets, body }) =>
      contractCase({ name, promise, patienceMs: setup.patienceMs, create: () => create(secrets), body }),
    );
}
