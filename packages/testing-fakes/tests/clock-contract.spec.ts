import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { clockContract, type ClockFixture, type Clock, type ContractCase, FakeClock } from '../src/index.ts';
import { clockMessages } from './broken/clock/messages.ts';
import { brokenReading } from './broken/clock/reading.ts';
import { brokenTimers } from './broken/clock/timers.ts';
import { brokenPromises, failures, faultsOf } from './support/broken-promises.ts';

/** A right clock of the host, whose wall clock can be stepped. */
function hostFixture(wrong: (right: Clock) => Partial<Clock>): ClockFixture {
  let stepMs = 0;
  const right: Clock = {
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

function hostContract(wrong: (right: Clock) => Partial<Clock>): readonly ContractCase[] {
  return clockContract({ create: () => hostFixture(wrong), canStepWall: true, hasHostTimers: true });
}

/** A right clock that does not know how busy the host is. */
function fakeContract(wrong: (right: Clock) => Partial<Clock>): readonly ContractCase[] {
  return clockContract({
    canStepWall: true,
    create: () => {
      const fake = new FakeClock();
      const right: Clock = {
        monotonicNow: () => fake.monotonicNow(),
        wallNow: () => fake.wallNow(),
        startTimer: (callback, delayMs) => fake.startTimer(callback, delayMs),
      };
      return {
        clock: { ...right, ...wrong(right) },
        pass: (ms) => fake.advance(ms),
        stepWall: (ms) => {
          fake.stepWall(ms);
        },
      };
    },
  });
}

function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe('clockContract', () => {
  it('is kept by the clock of the host', async () => {
    expect(await brokenPromises(hostContract(() => ({})))).toEqual([]);
  });

  it('is kept by the clock of a host that stands still for longer than a case waits', async () => {
    const create = (): ClockFixture => ({
      ...hostFixture(() => ({})),
      pass: (ms) => {
        const passed = sleep(ms);
        standStill(ms + 5);
        return passed;
      },
    });
    expect(await brokenPromises(clockContract({ create, canStepWall: true }))).toEqual([]);
  });

  it('is kept by FakeClock', async () => {
    const before = [Date, Date.now];
    expect(await brokenPromises(fakeContract(() => ({})))).toEqual([]);
    expect([Date, Date.now]).toEqual(before);
  });

  it.each([brokenReading, brokenTimers].flatMap((faults) => faultsOf(faults, clockMessages)))(
    'notices a clock that $fault',
    async ({ breakIt, caughtBy: name, message }) => {
      // On the fake one where it has the case: a busy host makes up for a timer that is early.
      const isOfFake = fakeContract(breakIt).some((contract) => contract.name === name);
      const cases = (isOfFake ? fakeContract : hostContract)(breakIt);
      expect(await failures(cases, name)).toEqual([{ name, message }]);
    },
  );
});
