import process from 'node:process';
import { check, checkSame } from '../checks.ts';
import { type ClockCase, clockPromises as promises } from './clock-under-test.ts';

const delayMs = 20;
/** Time by which every timer of a case is due, and has been for long. */
const afterAllMs = 3 * delayMs;
/** A timer of the host may fire a millisecond early by another of its clocks. */
const roundingMs = 2;
/** The longest that a timer of the host can wait. */
const maxTimerMs = 2 ** 31 - 1;

/** When the timers of a clock fire, and when no more. */
export function timerCases(): readonly ClockCase[] {
  return [
    {
      name: 'calls back once, when the time has come and not before',
      promise: promises.timer,
      body: async (fixture) => {
        const { clock } = fixture;
        const startedMs = clock.monotonicNow();
        const firedMs: number[] = [];
        clock.startTimer(() => firedMs.push(clock.monotonicNow()), delayMs);
        await fixture.pass(2 * afterAllMs);
        checkSame(firedMs.length, 1, 'The number of calls');
        const waitedMs = (firedMs[0] ?? 0) - startedMs;
        check(waitedMs >= delayMs - roundingMs, `It fired after ${waitedMs} of ${delayMs} ms`);
      },
    },
    {
      name: 'calls back after the call that started it, however short the wait',
      promise: promises.timer,
      body: async (fixture) => {
        const { clock } = fixture;
        const fired: boolean[] = [];
        for (const shortMs of [0, 0.25, 1]) {
          let isStarted = false;
          clock.startTimer(() => fired.push(isStarted), shortMs);
          isStarted = true;
        }
        await fixture.pass(afterAllMs);
        checkSame(fired, [true, true, true], 'Whether the call had returned when each timer fired');
      },
    },
    {
      name: 'waits as long as a timer of the host can',
      promise: promises.timer,
      body: async (fixture) => {
        const { clock } = fixture;
        let fired = 0;
        const timer = clock.startTimer(() => fired++, maxTimerMs);
        await fixture.pass(delayMs);
        timer.cancel();
        checkSame(fired, 0, `The number of calls of a timer of ${maxTimerMs} ms`);
      },
    },
    {
      name: 'fires timers in the order in which they are due, and equal ones as they were started',
      promise: promises.timer,
      body: async (fixture) => {
        const { clock } = fixture;
        const fired: string[] = [];
        clock.startTimer(() => fired.push('third'), 2 * delayMs);
        clock.startTimer(() => fired.push('first'), delayMs / 2);
        clock.startTimer(() => fired.push('second'), delayMs / 2);
        await fixture.pass(afterAllMs);
        checkSame(fired, ['first', 'second', 'third'], 'The order');
      },
    },
    {
      name: 'fires each timer of one callback',
      promise: promises.timer,
      body: async (fixture) => {
        const { clock } = fixture;
        let fired = 0;
        const callback = (): void => {
          fired++;
        };
        clock.startTimer(callback, delayMs);
        clock.startTimer(callback, delayMs);
        await fixture.pass(afterAllMs);
        checkSame(fired, 2, 'The number of calls for two timers');
      },
    },
    {
      name: 'fires a timer that a callback started, after that callback',
      promise: promises.timer,
      body: async (fixture) => {
        const { clock } = fixture;
        const seen: string[] = [];
        clock.startTimer(() => {
          clock.startTimer(() => seen.push('inner'), 0);
          seen.push('outer');
        }, delayMs / 2);
        await fixture.pass(afterAllMs);
        // A host that stood still until now has only just started the inner one.
        await fixture.pass(afterAllMs);
        checkSame(seen, ['outer', 'inner'], 'The order of the calls');
      },
    },
    {
      name: 'fires no timer that was cancelled, and all others',
      promise: promises.cancel,
      body: async (fixture) => {
        const { clock } = fixture;
        const fired: string[] = [];
        clock.startTimer(() => fired.push('before'), delayMs);
        clock.startTimer(() => fired.push('cancelled'), delayMs).cancel();
        clock.startTimer(() => fired.push('after'), delayMs);
        clock.startTimer(() => fired.push('cancelled at 0'), 0).cancel();
        await fixture.pass(afterAllMs);
        checkSame(fired, ['before', 'after'], 'What fired');
      },
    },
    {
      name: 'fires no timer that the callback of another cancels',
      promise: promises.cancel,
      body: async (fixture) => {
        const { clock } = fixture;
        let fired = 0;
        clock.startTimer(() => {
          second.cancel();
        }, delayMs);
        const second = clock.startTimer(() => fired++, delayMs);
        await fixture.pass(afterAllMs);
        checkSame(fired, 0, 'The number of calls of the cancelled timer');
      },
    },
    {
      name: 'bears a cancel too many: twice, after it fired, and by its own callback',
      promise: promises.cancel,
      body: async (fixture) => {
        const { clock } = fixture;
        const fired: string[] = [];
        const twice = clock.startTimer(() => undefined, delayMs);
        const own = clock.startTimer(() => {
          fired.push('own');
          try {
            own.cancel();
          } catch {
            fired.push('own threw');
          }
        }, delayMs);
        twice.cancel();
        twice.cancel();
        await fixture.pass(afterAllMs);
        clock.startTimer(() => fired.push('later'), delayMs);
        own.cancel();
        await fixture.pass(afterAllMs);
        checkSame(fired, ['own', 'later'], 'What fired');
      },
    },
    {
      name: 'keeps no process alive by a timer, unless that is asked for',
      promise: promises.keepAlive,
      body: ({ clock }) => {
        const before = hostTimers();
        const timers = [
          clock.startTimer(() => undefined, 3_600_000),
          clock.startTimer(() => undefined, 3_600_000, {}),
          clock.startTimer(() => undefined, 3_600_000, { keepAlive: false }),
        ];
        const during = hostTimers();
        for (const timer of timers) timer.cancel();
        checkSame(during - before, 0, 'The number of timers that keep the process alive');
        return Promise.resolve();
      },
    },
    {
      name: 'keeps the process alive by a timer when that is asked for, until it is cancelled',
      promise: promises.keepAlive,
      needs: 'hasHostTimers',
      body: ({ clock }) => {
        const before = hostTimers();
        const timer = clock.startTimer(() => undefined, 3_600_000, { keepAlive: true });
        const during = hostTimers();
        timer.cancel();
        checkSame(during - before, 1, 'The number of timers that keep the process alive');
        checkSame(hostTimers() - before, 0, 'The number of such timers after cancel');
        return Promise.resolve();
      },
    },
  ];
}

/** Whether the host tells which timers keep the process alive: Bun 1.4 does not. */
export function tellsTimers(): boolean {
  const before = hostTimers();
  const timer = setTimeout(() => undefined, 3_600_000);
  const during = hostTimers();
  clearTimeout(timer);
  return during > before;
}

/** How many timers keep this process alive now. */
function hostTimers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}
