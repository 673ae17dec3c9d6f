import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  clockContract,
  type ClockFixture,
  type ClockUnderTest,
  type ContractCase,
  FakeClock,
} from '../src/index.ts';
import { brokenClocks } from './broken/clock/clocks.ts';
import { brokenPromises, failedCases } from './support/broken-promises.ts';

/** A right clock of the host, whose wall clock can be stepped. */
function hostFixture(wrong: (right: ClockUnderTest) => Partial<ClockUnderTest>): ClockFixture {
  let stepMs = 0;
  const right: ClockUnderTest = {
    monotonicNow: () => performance.now(),
    wallNow: () => Date.now() + stepMs,
    startTimer: (callback, delayMs, options) => {
      const handle = setTimeout(callback, delayMs);
      if (options?.keepAlive !== true) handle.unref();
      return {
        cancel: () => {
          clearTimeout(handle);
        },
      };
    },
  };
  return {
    clock: { ...right, ...wrong(right) },
    pass: (ms) => sleep(ms),
    stepWall: (ms) => {
      stepMs += ms;
    },
  };
}

function hostContract(wrong: (right: ClockUnderTest) => Partial<ClockUnderTest>): readonly ContractCase[] {
  return clockContract({ create: () => hostFixture(wrong), canStepWall: true, hasHostTimers: true });
}

describe('clockContract', () => {
  it('is kept by the clock of the host', async () => {
    expect(await brokenPromises(hostContract(() => ({})))).toEqual([]);
  });

  it('is kept by FakeClock', async () => {
    const cases = clockContract({
      canStepWall: true,
      create: () => {
        const clock = new FakeClock();
        return {
          clock,
          pass: (ms) => clock.advance(ms),
          stepWall: (ms) => {
            clock.stepWall(ms);
          },
        };
      },
    });
    expect(await brokenPromises(cases)).toEqual([]);
  });

  it.each(brokenClocks())('notices a clock that $fault', async ({ wrong, caughtBy }) => {
    const [named] = hostContract(wrong).filter(({ name }) => name === caughtBy);
    expect(await failedCases(named === undefined ? [] : [named])).toEqual([caughtBy]);
  });
});
