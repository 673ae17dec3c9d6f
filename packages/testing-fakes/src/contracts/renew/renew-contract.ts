import { callback, checkGiven, type Checks, flag } from '../../given/check-given.ts';
import { type ContractCase, contractCase, patienceChecks } from '../contract-case.ts';
import { withHooks } from '../fixture-hooks.ts';
import { failingCases } from './failing-cases.ts';
import { leaseCases } from './lease-cases.ts';
import type { RenewContractSetup, HookedRenew } from './renew-under-test.ts';

const setupChecks: Checks<RenewContractSetup> = {
  ...patienceChecks,
  canHold: flag,
  canAnswerMalformed: flag,
  canThrottle: flag,
  create: callback,
};

/** What every `renew` of a scheduler does: a lease that never looks younger or longer than it is, or a rejection. */
export function renewContract(setup: RenewContractSetup): readonly ContractCase[] {
  checkGiven('renewContract', setup, setupChecks);
  const create = async (): Promise<HookedRenew> =>
    withHooks(await setup.create(), {
      holdRequests: setup.canHold,
      pass: setup.canHold,
      answerMalformed: setup.canAnswerMalformed,
      throttle: setup.canThrottle,
    });
  return [...leaseCases(), ...failingCases()]
    .filter(({ needs }) => needs === undefined || setup[needs] === true)
    .map(({ name, promise, body }) =>
      contractCase({ name, promise, patienceMs: setup.patienceMs, create, body }),
    );
}
