import { callback, checkGiven, type Checks, flag } from '../../given/check-given.ts';
import { afterTurns } from '../../host-time.ts';
import { type ContractCase, contractCase, patienceChecks } from '../contract-case.ts';
import { withHooks } from '../fixture-hooks.ts';
import {
  type CredentialSourceContractSetup,
  type HookedCredentialSource,
  firstCredentials,
  secondCredentials,
} from './credential-source-under-test.ts';
import { failingCases } from './failing-cases.ts';
import { givingCases } from './giving-cases.ts';

const setupChecks: Checks<CredentialSourceContractSetup> = {
  ...patienceChecks,
  canFail: flag,
  canHold: flag,
  create: callback,
};

/** What every credential source does: remembers until `invalidate`, reads once for all, and shows no secret. */
export function credentialSourceContract(setup: CredentialSourceContractSetup): readonly ContractCase[] {
  checkGiven('credentialSourceContract', setup, setupChecks);
  const create = async (): Promise<HookedCredentialSource> =>
    withHooks(await setup.create(firstCredentials), {
      break: setup.canFail,
      mend: setup.canFail,
      holdReads: setup.canHold,
    });
  const quiet = async (): Promise<void> => {
    const other = await setup.create(secondCredentials);
    try {
      await other.source.get();
    } finally {
      await other.dispose?.();
    }
    await afterTurns();
  };
  return [...givingCases(), ...failingCases()]
    .filter(({ needs }) => needs === undefined || setup[needs] === true)
    .map(({ name, promise, body }) =>
      contractCase({
        name,
        promise,
        patienceMs: setup.patienceMs,
        create,
        body: (fixture) => body(fixture, quiet),
      }),
    );
}
