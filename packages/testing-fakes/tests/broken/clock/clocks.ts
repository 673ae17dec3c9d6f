import type { ClockUnderTest } from '../../../src/index.ts';

interface BrokenClock {
  /** What is wrong, and nothing else is. */
  readonly fault: string;
  /** A case that must notice it. */
  readonly caughtBy: string;
  /** The parts of a right clock that are replaced. */
  readonly wrong: (right: ClockUnderTest) => Partial<ClockUnderTest>;
}

const byMonotonic = 'reads a monotonic clock that never goes back, and goes on in milliseconds';
const byWall = 'reads a wall clock in milliseconds since the epoch, which goes on';
const byDate = "does not read its monotonic clock off the host's date";
const byOnce = 'calls back once, when the time has come and not before';
const byCancelled = 'fires no timer that was cancelled, and all others';
const byTooMany = 'bears a cancel too many: twice, after it fired, and by its own callback';

/** Clocks with one fault each, which the contract must notice. */
export function brokenClocks(): readonly BrokenClock[] {
  return [
    {
      fault: 'reads no number',
      caughtBy: 'reads finite numbers',
      wrong: () => ({ monotonicNow: () => NaN }),
    },
    {
      fault: 'reads the wall clock for the monotonic one',
      caughtBy: 'keeps its monotonic clock and its timers out of a step of the wall clock',
      wrong: (right) => ({ monotonicNow: () => right.wallNow() }),
    },
    {
      fault: 'reads the date for its monotonic clock',
      caughtBy: byDate,
      wrong: () => ({ monotonicNow: () => Date.now() }),
    },
    {
      fault: 'makes a date for each monotonic reading',
      caughtBy: byDate,
      wrong: () => ({ monotonicNow: () => new Date().getTime() }),
    },
    {
      fault: 'goes back now and then',
      caughtBy: byMonotonic,
      wrong: (right) => {
        let readings = 0;
        return { monotonicNow: () => right.monotonicNow() - (++readings % 10 === 0 ? 1 : 0) };
      },
    },
    { fault: 'stands still', caughtBy: byMonotonic, wrong: () => ({ monotonicNow: () => 1_000 }) },
    {
      fault: 'reads monotonic seconds',
      caughtBy: byMonotonic,
      wrong: (right) => ({ monotonicNow: () => right.monotonicNow() / 1_000 }),
    },
    {
      fault: 'reads monotonic nanoseconds',
      caughtBy: byMonotonic,
      wrong: (right) => ({ monotonicNow: () => right.monotonicNow() * 1e6 }),
    },
    {
      fault: 'reads wall seconds',
      caughtBy: byWall,
      wrong: (right) => ({ wallNow: () => right.wallNow() / 1_000 }),
    },
    {
      fault: 'reads the monotonic clock for the wall clock',
      caughtBy: byWall,
      wrong: (right) => ({ wallNow: () => right.monotonicNow() }),
    },
    {
      fault: 'reads the wall clock once',
      caughtBy: byWall,
      wrong: (right) => {
        const wallMs = right.wallNow();
        return { wallNow: () => wallMs };
      },
    },
    {
      fault: 'never fires',
      caughtBy: byOnce,
      wrong: () => ({ startTimer: () => ({ cancel: () => undefined }) }),
    },
    {
      fault: 'fires early',
      caughtBy: byOnce,
      wrong: (right) => ({
        startTimer: (callback, ms, options) => right.startTimer(callback, ms / 2, options),
      }),
    },
    {
      fault: 'takes milliseconds for seconds',
      caughtBy: byOnce,
      wrong: (right) => ({ startTimer: (callback, ms) => right.startTimer(callback, ms * 1_000) }),
    },
    {
      fault: 'fires again and again',
      caughtBy: byOnce,
      wrong: (right) => ({
        startTimer: (callback, ms) => {
          let timer = right.startTimer(() => undefined, 0);
          let times = 0;
          const again = (): void => {
            timer.cancel();
            timer = right.startTimer(() => {
              callback();
              if (++times < 3) again();
            }, ms);
          };
          again();
          return {
            cancel: () => {
              timer.cancel();
            },
          };
        },
      }),
    },
    {
      fault: 'fires within the call when the wait is 0',
      caughtBy: 'calls back after the call that started it, however short the wait',
      wrong: (right) => ({
        startTimer: (callback, ms) => {
          if (ms > 0) return right.startTimer(callback, ms);
          callback();
          return { cancel: () => undefined };
        },
      }),
    },
    {
      fault: 'refuses a part of a millisecond',
      caughtBy: 'calls back after the call that started it, however short the wait',
      wrong: (right) => ({
        startTimer: (callback, ms) => {
          if (!Number.isInteger(ms)) throw new RangeError('whole milliseconds only');
          return right.startTimer(callback, ms);
        },
      }),
    },
    {
      fault: 'fires a long timer at once',
      caughtBy: 'waits as long as a timer of the host can',
      wrong: (right) => ({
        startTimer: (callback, ms) => right.startTimer(callback, ms > 2 ** 31 - 2 ? 1 : ms),
      }),
    },
    {
      fault: 'fires equal timers the other way round',
      caughtBy: 'fires timers in the order in which they are due, and equal ones as they were started',
      wrong: (right) => {
        let started = 0;
        return { startTimer: (callback, ms) => right.startTimer(callback, ms + 6 / ++started) };
      },
    },
    {
      fault: 'fires timers as they were started, whenever they are due',
      caughtBy: 'fires timers in the order in which they are due, and equal ones as they were started',
      wrong: (right) => {
        let last = 0;
        return { startTimer: (callback, ms) => right.startTimer(callback, (last = Math.max(last, ms))) };
      },
    },
    {
      fault: 'keeps its timers by their callback',
      caughtBy: 'fires each timer of one callback',
      wrong: (right) => {
        const timers = new Map<() => void, { cancel(): void }>();
        return {
          startTimer: (callback, ms) => {
            timers.get(callback)?.cancel();
            const timer = right.startTimer(callback, ms);
            timers.set(callback, timer);
            return timer;
          },
        };
      },
    },
    {
      fault: 'drops a timer that a callback starts',
      caughtBy: 'fires a timer that a callback started, after that callback',
      wrong: (right) => {
        let isFiring = false;
        return {
          startTimer: (callback, ms) => {
            if (isFiring) return { cancel: () => undefined };
            return right.startTimer(() => {
              isFiring = true;
              callback();
              isFiring = false;
            }, ms);
          },
        };
      },
    },
    {
      fault: 'fires a timer that was cancelled',
      caughtBy: byCancelled,
      wrong: (right) => ({
        startTimer: (callback, ms) => {
          right.startTimer(callback, ms);
          return { cancel: () => undefined };
        },
      }),
    },
    {
      fault: 'cancels the newest timer in place of its own',
      caughtBy: byCancelled,
      wrong: (right) => {
        let newest = { cancel: (): void => undefined };
        return {
          startTimer: (callback, ms) => {
            newest = right.startTimer(callback, ms);
            return {
              cancel: () => {
                setImmediate(() => {
                  newest.cancel();
                });
              },
            };
          },
        };
      },
    },
    {
      fault: 'takes cancel as a wish for later',
      caughtBy: 'fires no timer that the callback of another cancels',
      wrong: (right) => ({
        startTimer: (callback, ms) => {
          const timer = right.startTimer(callback, ms);
          return {
            cancel: () => {
              right.startTimer(() => {
                timer.cancel();
              }, 0);
            },
          };
        },
      }),
    },
    {
      fault: 'throws at a second cancel',
      caughtBy: byTooMany,
      wrong: (right) => ({
        startTimer: (callback, ms) => {
          const timer = right.startTimer(callback, ms);
          let isCancelled = false;
          return {
            cancel: () => {
              if (isCancelled) throw new Error('cancelled already');
              isCancelled = true;
              timer.cancel();
            },
          };
        },
      }),
    },
    {
      fault: 'throws at a cancel after it fired',
      caughtBy: byTooMany,
      wrong: (right) => ({
        startTimer: (callback, ms) => {
          let hasFired = false;
          const timer = right.startTimer(() => {
            hasFired = true;
            callback();
          }, ms);
          return {
            cancel: () => {
              if (hasFired) throw new Error('fired already');
              timer.cancel();
            },
          };
        },
      }),
    },
    {
      fault: 'reuses the number of a timer that is over',
      caughtBy: byTooMany,
      wrong: (right) => {
        let current: { cancel(): void } | undefined;
        return {
          startTimer: (callback, ms) => {
            const timer = right.startTimer(() => {
              callback();
              current = undefined;
            }, ms);
            current = timer;
            let isFirst = true;
            return {
              cancel: () => {
                if (isFirst) timer.cancel();
                else current?.cancel();
                isFirst = false;
              },
            };
          },
        };
      },
    },
    {
      fault: 'keeps the process alive by each timer',
      caughtBy: 'keeps no process alive by a timer, unless that is asked for',
      wrong: () => ({
        startTimer: (callback, ms) => {
          const handle = setTimeout(callback, ms);
          return {
            cancel: () => {
              clearTimeout(handle);
            },
          };
        },
      }),
    },
    {
      fault: 'never keeps the process alive',
      caughtBy: 'keeps the process alive by a timer when that is asked for, until it is cancelled',
      wrong: (right) => ({ startTimer: (callback, ms) => right.startTimer(callback, ms) }),
    },
  ];
}
