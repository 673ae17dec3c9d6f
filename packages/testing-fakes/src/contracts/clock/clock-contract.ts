import { callback, checkGiven, type Checks, flag } from '../../given/check-given.ts';
import { type ContractCase, contractCase, patienceChecks } from '../contract-case.ts';
import { withHooks } from '../fixture-hooks.ts';
import type { ClockContractSetup, HookedClock } from './clock-under-test.ts';
import { readingCases } from './reading-cases.ts';
import { tellsTimers, timerCases } from './timer-cases.ts';

const setupChecks: Checks<ClockContractSetup> = {
  ...patienceChecks,
  canStepWall: flag,
  hasHostTimers: flag,
  create: callback,
};

/** What every clock does: two readings in milliseconds, and timers that fire once, in order, and not early. */
export function clockContract(setup: ClockContractSetup): readonly ContractCase[] {
  checkGiven('clockContract', setup, setupChecks);
  const create = async (): Promise<HookedClock> =>
    withHooks(await setup.create(), { stepWall: setup.canStepWall });
  const canDo = { ...setup, hasHostTimers: setup.hasHostTimers === true && tellsTimers() };
  return [...readingCases(), ...timerCases()]
    .filter(({ needs }) => needs === undefined || canDo[needs] === true)
    .map(({ name, promise, body }) =>
      contractCase({ name, promise, patienceMs: setup.patienceMs, create, body }),
    );
}
