import type { Clock } from '../../../src/index.ts';
import type { FaultsByCase } from '../../support/broken-promises.ts';

/** Clocks whose timers are wrong. */
export const brokenTimers: FaultsByCase<(right: Clock) => Partial<Clock>> = {
  'calls back once, when the time has come and not before': {
    'never fires': () => ({ startTimer: () => ({ cancel: () => undefined }) }),
    'fires early': (right) => ({
      startTimer: (callback, ms, options) => right.startTimer(callback, ms / 2, options),
    }),
    'takes milliseconds for seconds': (right) => ({
      startTimer: (callback, ms) => right.startTimer(callback, ms * 1_000),
    }),
    'fires again and again': (right) => ({
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
  'calls back after the call that started it, however short the wait': {
    'fires within the call when the wait is 0': (right) => ({
      startTimer: (callback, ms) => {
        if (ms > 0) return right.startTimer(callback, ms);
        callback();
        return { cancel: () => undefined };
      },
    }),
    'refuses a part of a millisecond': (right) => ({
      startTimer: (callback, ms) => {
        if (!Number.isInteger(ms)) throw new RangeError('whole milliseconds only');
        return right.startTimer(callback, ms);
      },
    }),
  },
  'waits as long as a timer of the host can': {
    'fires a long timer at once': (right) => ({
      startTimer: (callback, ms) => right.startTimer(callback, ms > 2 ** 31 - 2 ? 1 : ms),
    }),
  },
  'fires timers in the order in which they are due, and equal ones as they were started': {
    'fires equal timers the other way round': (right) => {
      let started = 0;
      return { startTimer: (callback, ms) => right.startTimer(callback, ms + 6 / ++started) };
    },
    'fires timers as they were started, whenever they are due': (right) => {
      let last = 0;
      return { startTimer: (callback, ms) => right.startTimer(callback, (last = Math.max(last, ms))) };
    },
  },
  'fires each timer of one callback': {
    'keeps its timers by their callback': (right) => {
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
  'fires a timer that a callback started, after that callback': {
    'drops a timer that a callback starts': (right) => {
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
  'fires no timer that was cancelled, and all others': {
    'fires a timer that was cancelled': (right) => ({
      startTimer: (callback, ms) => {
        right.startTimer(callback, ms);
        return { cancel: () => undefined };
      },
    }),
    'cancels the newest timer in place of its own': (right) => {
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
  'fires no timer that the callback of another cancels': {
    'takes cancel as a wish for later': (right) => ({
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
  'bears a cancel too many: twice, after it fired, and by its own callback': {
    'throws at a second cancel': (right) => ({
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
    'throws at a cancel by its own callback': (right) => ({
      startTimer: (callback, ms) => {
        let isFiring = false;
        const timer = right.startTimer(() => {
          isFiring = true;
          callback();
          isFiring = false;
        }, ms);
        return {
          cancel: () => {
            if (isFiring) throw new Error('under way');
            timer.cancel();
          },
        };
      },
    }),
    'throws at a cancel after it fired': (right) => ({
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
    'reuses the number of a timer that is over': (right) => {
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
  'keeps no process alive by a timer, unless that is asked for': {
    'keeps the process alive by each timer': () => ({
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
  'keeps the process alive by a timer when that is asked for, until it is cancelled': {
    'never keeps the process alive': (right) => ({
      startTimer: (callback, ms) => right.startTimer(callback, ms),
    }),
    'keeps the process alive beyond the cancel': (right) => ({
      startTimer: (callback, ms, options) => {
        const timer = right.startTimer(callback, ms, options);
        return {
          cancel: () => {
            setImmediate(() => {
              timer.cancel();
            });
          },
        };
      },
    }),
  },
};
