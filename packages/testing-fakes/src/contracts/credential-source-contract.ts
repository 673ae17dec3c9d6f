import { callback, checkGiven, type Checks, flag } from '../given/check-given.ts';
import { bindCases, type ContractCase, patienceChecks } from './contract-case.ts';
import { failingCases } from './credential-source-failing.ts';
import { givingCases } from './credential-source-giving.ts';
import { type CredentialSourceContractSetup, firstCredentials } from './credential-source-under-test.ts';
import { withHooks } from './fixture-hooks.ts';

const setupChecks: Checks<CredentialSourceContractSetup> = {
  ...patienceChecks,
  canFail: flag,
  canHold: flag,
  create: callback,
};

/** What every credential source does: remembers until `invalidate`, reads once for all, and shows no secret. */
export function credentialSourceContract(setup: CredentialSourceContractSetup): readonly ContractCase[] {
  checkGiven('credentialSourceContract', setup, setupChecks);
  const { canFail, canHold, patienceMs } = setup;
  return bindCases([...givingCases, ...failingCases], {
    patienceMs,
    has: (need) => Reflect.get(setup, need) === true,
    create: async () =>
      withHooks(await setup.create(firstCredentials), { break: canFail, mend: canFail, holdReads: canHold }),
    ask: ({ source }) => source.get(),
  });
}
