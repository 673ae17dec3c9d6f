import type { Clock } from '../../../src/index.ts';
import type { FaultsByCase } from '../../support/broken-promises.ts';

/** Clocks that read in a wrong way. */
export const brokenReading: FaultsByCase<(right: Clock) => Partial<Clock>> = {
  'reads finite numbers': {
    'reads no number': () => ({ monotonicNow: () => NaN }),
    'reads no number off the wall': () => ({ wallNow: () => Infinity }),
  },
  'keeps its monotonic clock and its timers out of a step of the wall clock': {
    'reads the wall clock for the monotonic one': (right) => ({ monotonicNow: () => right.wallNow() }),
    'keeps its wall clock out of a step': (right) => {
      const wallMs = right.wallNow() - right.monotonicNow();
      return { wallNow: () => wallMs + right.monotonicNow() };
    },
    'has its timers due by the wall clock': (right) => ({
      startTimer: (callback, ms) => {
        const dueMs = right.wallNow() + ms;
        let timer: ReturnType<Clock['startTimer']>;
        const look = (): void => {
          if (right.wallNow() >= dueMs) callback();
          else timer = right.startTimer(look, 1);
        };
        look();
        return {
          cancel: () => {
            timer.cancel();
          },
        };
      },
    }),
  },
  "does not read its monotonic clock off the host's date": {
    'reads the date for its monotonic clock': () => ({ monotonicNow: () => Date.now() }),
    'makes a date for each monotonic reading': () => ({ monotonicNow: () => new Date().getTime() }),
  },
  'reads a monotonic clock that never goes back, and goes on in milliseconds': {
    'goes back now and then': (right) => {
      let readings = 0;
      return { monotonicNow: () => right.monotonicNow() - (++readings % 10 === 0 ? 1 : 0) };
    },
    'stands still': () => ({ monotonicNow: () => 1_000 }),
    'reads monotonic seconds': (right) => ({ monotonicNow: () => right.monotonicNow() / 1_000 }),
    'reads monotonic nanoseconds': (right) => ({ monotonicNow: () => right.monotonicNow() * 1e6 }),
  },
  'reads a wall clock in milliseconds since the epoch, which goes on': {
    'has its wall clock run away': (right) => {
      const wallMs = right.wallNow();
      return { wallNow: () => wallMs + (right.wallNow() - wallMs) * 1_000 };
    },
    'reads wall microseconds': (right) => ({ wallNow: () => right.wallNow() * 1_000 }),
    'reads wall seconds': (right) => ({ wallNow: () => right.wallNow() / 1_000 }),
    'reads the monotonic clock for the wall clock': (right) => ({ wallNow: () => right.monotonicNow() }),
    'reads the wall clock once': (right) => {
      const wallMs = right.wallNow();
      return { wallNow: () => wallMs };
    },
  },
};
