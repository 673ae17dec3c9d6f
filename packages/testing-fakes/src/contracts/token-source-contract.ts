import { callback, checkGiven, type Checks, flag } from '../given/check-given.ts';
import { bindCases, type ContractCase, patienceChecks } from './contract-case.ts';
import { withHooks } from './fixture-hooks.ts';
import { failureCases } from './token-source-failures.ts';
import { servingCases } from './token-source-serving.ts';
import { subscriberCases } from './token-source-subscribers.ts';
import type { TokenSourceContractSetup } from './token-source-under-test.ts';

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
  const { canRecover, canHold, patienceMs } = setup;
  return bindCases([...servingCases, ...subscriberCases, ...failureCases], {
    patienceMs,
    has: (need) => Reflect.get(setup, need) === true,
    create: async () =>
      withHooks(await setup.create(), { recoverRequests: canRecover, holdRequests: canHold }),
    ask: ({ source }) => source.getToken(),
  });
}
