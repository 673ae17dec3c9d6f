import { describe, expect, it } from 'vitest';
import { durationMs } from '../../src/settings/duration.ts';

describe('durationMs', () => {
  it.each([
    [250, 250],
    ['250', 250],
    ['250ms', 250],
    ['1 msec', 1],
    ['2 milliseconds', 2],
    ['10 seconds', 10_000],
    ['10 Secs', 10_000],
    ['.5s', 500],
    ['1.5m', 90_000],
    ['2 mins', 120_000],
    ['1 minute', 60_000],
    ['1h', 3_600_000],
    ['2 hrs', 7_200_000],
    ['1 hour', 3_600_000],
    ['1d', 86_400_000],
    ['2 days', 172_800_000],
    ['-1s', -1_000],
  ])('of %j is %d', (duration, ms) => {
    expect(durationMs(duration)).toBe(ms);
  });

  it.each(['', 'soon', 's', '1.s', '1 s later', 'in 1 s', '1 fortnight'])(
    'does not exist for %j',
    (duration) => {
      expect(() => durationMs(duration)).toThrow(new TypeError(`Invalid duration string: '${duration}'`));
    },
  );
});
