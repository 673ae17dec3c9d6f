import { callback, checkGiven, type Checks, flag } from '../../given/check-given.ts';
import { afterTurns } from '../../host-time.ts';
import { type ContractCase, contractCase, patienceChecks } from '../contract-case.ts';
import { withHooks } from '../fixture-hooks.ts';
import { failureCases } from './failure-cases.ts';
import { rejectionCases } from './rejection-cases.ts';
import { servingCases } from './serving-cases.ts';
import { subscriberCases } from './subscriber-cases.ts';
import type { TokenSourceContractSetup, HookedTokenSource } from './token-source-under-test.ts';

const setupChecks: Checks<TokenSourceContractSetup> = {
  ...patienceChecks,
  canRecover: flag,
  canHold: flag,
  create: callback,
};

/**
 * What every token source does: one request for all who ask, no dead token, and no caller who harms another.
 *
 * Nothing is taken for not having happened before it would have: a case that counts requests first lets another source of the
 * same setup, asked later, have its responses.
 */
export function tokenSourceContract(setup: TokenSourceContractSetup): readonly ContractCase[] {
  checkGiven('tokenSourceContract', setup, setupChecks);
  const create = async (): Promise<HookedTokenSource> =>
    withHooks(await setup.create(), { recoverRequests: setup.canRecover, holdRequests: setup.canHold });
  const quiet = async (): Promise<void> => {
    const other = await setup.create();
    try {
      await other.source.getToken();
    } finally {
      await other.dispose?.();
    }
    await afterTurns();
  };
  return [...servingCases(), ...rejectionCases(), ...subscriberCases(), ...failureCases()]
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
