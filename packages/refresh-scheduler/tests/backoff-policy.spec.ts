import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  backoffDelay,
  type BackoffPolicy,
  defaultBackoffPolicy,
  type RefreshFailure,
  resolveBackoffPolicy,
  retryHints,
} from '../src/backoff-policy.ts';

const longest = (): number => 1;
const shortest = (): number => 0;

function failures(count: number, leaseRemainingMs: number, random = longest): number[] {
  return Array.from({ length: count }, (_, index) =>
    backoffDelay({ attempt: index + 1, leaseRemainingMs }, {}, random),
  );
}

describe('backoffDelay without a lease', () => {
  it('doubles its ceiling from 2 s up to the cap of 12 s', () => {
    expect(failures(7, 0).map((ms) => ms / 1_000)).toEqual([2, 4, 8, 12, 12, 12, 12]);
  });

  it('is drawn evenly from half of its ceiling up to it', () => {
    expect(failures(2, 0, shortest)).toEqual([1_000, 2_000]);
    expect(failures(2, 0, () => 0.5)).toEqual([1_500, 3_000]);
  });
});

describe('backoffDelay while the lease lives', () => {
  it('takes three quarters of what remains of it, drawn from half of that', () => {
    expect(failures(2, 60_000)).toEqual([45_000, 45_000]);
    expect(failures(2, 60_000, shortest)).toEqual([22_500, 22_500]);
  });

  it('is capped at 10 min', () => {
    expect(failures(1, 24 * 3_600_000)).toEqual([600_000]);
    expect(failures(1, 799_000)).toEqual([599_250]);
  });

  it('is no shorter than half of the first wait without a lease, less 100 ms', () => {
    expect(failures(1, 100, shortest)).toEqual([900]);
    expect(backoffDelay({ attempt: 1, leaseRemainingMs: 100 }, { initialMs: 500 }, longest)).toBe(150);
  });

  it('lets several attempts fit, with one in the last second, whatever chance and the lifetime say', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10_000, max: 10_000_000 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }),
        (remainingMs, draws) => {
          const attemptsAtMs = [];
          for (let leftMs = remainingMs, index = 0; leftMs > 0; index++) {
            attemptsAtMs.push(leftMs);
            leftMs -= backoffDelay(
              { attempt: index + 1, leaseRemainingMs: leftMs },
              {},
              () => draws[index % draws.length] ?? 0,
            );
          }
          expect(attemptsAtMs.length).toBeGreaterThanOrEqual(3);
          expect(attemptsAtMs.at(-1)).toBeLessThanOrEqual(1_000);
        },
      ),
    );
  });
});

describe('backoffDelay with what the error says', () => {
  const failure: RefreshFailure = { attempt: 1, leaseRemainingMs: 0 };

  it('waits at least as long as retryAfterMs says, and as long again at most', () => {
    expect(backoffDelay({ ...failure, retryAfterMs: 30_000 }, {}, shortest)).toBe(30_000);
    expect(backoffDelay({ ...failure, retryAfterMs: 30_000 }, {}, longest)).toBe(60_000);
  });

  it('is spread over no more than a minute, or a tenth of retryAfterMs', () => {
    const throttled = { ...failure, isThrottled: true };
    expect(backoffDelay({ ...throttled, retryAfterMs: 600_000 }, {}, longest)).toBe(660_000);
    expect(backoffDelay({ ...throttled, retryAfterMs: 3_600_000 }, {}, longest)).toBe(3_960_000);
  });

  it('waits its own wait where retryAfterMs is shorter', () => {
    expect(backoffDelay({ ...failure, retryAfterMs: 300 }, {}, longest)).toBe(2_000);
  });

  it('honours retryAfterMs up to 10 min', () => {
    expect(backoffDelay({ ...failure, retryAfterMs: 600_000 }, {}, shortest)).toBe(600_000);
    expect(backoffDelay({ ...failure, retryAfterMs: 600_001 }, {}, shortest)).toBe(600_000);
  });

  it('honours retryAfterMs of a server that asks for fewer requests up to an hour', () => {
    const throttled = { ...failure, isThrottled: true, retryAfterMs: 3_600_001 };
    expect(backoffDelay(throttled, {}, shortest)).toBe(3_600_000);
    expect(backoffDelay(throttled, { maxThrottledMs: 5_000 }, shortest)).toBe(5_000);
  });

  it('has the ceiling grow with half of the time for which a server has asked for fewer requests', () => {
    const throttled = { attempt: 9, leaseRemainingMs: 0, isThrottled: true };
    expect(backoffDelay({ ...throttled, throttledForMs: 10_000 }, {}, longest)).toBe(12_000);
    expect(backoffDelay({ ...throttled, throttledForMs: 90_000 }, {}, longest)).toBe(45_000);
    expect(backoffDelay({ ...throttled, throttledForMs: 9_000_000 }, {}, longest)).toBe(3_600_000);
    expect(backoffDelay({ ...throttled, isThrottled: false, throttledForMs: 90_000 }, {}, longest)).toBe(
      12_000,
    );
    const asked = { ...throttled, retryAfterMs: 5_000, throttledForMs: 90_000 };
    expect(backoffDelay(asked, {}, longest)).toBe(12_000);
    const withLease = { ...throttled, leaseRemainingMs: 60_000, throttledForMs: 90_000 };
    expect(backoffDelay(withLease, {}, longest)).toBe(45_000);
  });

  it('fits its spread into what retryAfterMs leaves of the lease', () => {
    const asked = { attempt: 4, leaseRemainingMs: 40_000, retryAfterMs: 30_000 };
    expect(backoffDelay(asked, {}, longest)).toBe(37_500);
  });

  it('waits exactly as long as retryInMs says without a lease', () => {
    expect(backoffDelay({ ...failure, retryInMs: 30_000 }, {}, shortest)).toBe(30_000);
    expect(backoffDelay({ ...failure, retryInMs: 0 }, {}, longest)).toBe(100);
  });

  it('waits no longer than three quarters of the lease whatever retryInMs says', () => {
    const withLease = { attempt: 1, leaseRemainingMs: 20_000 };
    expect(backoffDelay({ ...withLease, retryInMs: 15_000 }, {}, longest)).toBe(15_000);
    expect(backoffDelay({ ...withLease, retryInMs: 15_001 }, {}, longest)).toBe(15_000);
  });

  it('takes the longer of retryInMs and what the server asked for', () => {
    expect(backoffDelay({ ...failure, retryInMs: 1_000, retryAfterMs: 7_000 }, {}, shortest)).toBe(7_000);
    expect(backoffDelay({ ...failure, retryInMs: 8_000, retryAfterMs: 7_000 }, {}, shortest)).toBe(8_000);
  });
});

describe('retryHints', () => {
  it('reads the two fields of whatever was thrown', () => {
    const hints = { retryAfterMs: 5, retryInMs: 6, isThrottled: true };
    expect(retryHints(Object.assign(new Error('503'), hints))).toEqual(hints);
    expect(retryHints({ retryAfterMs: 0 })).toEqual({ retryAfterMs: 0, retryInMs: undefined });
  });

  it.each([undefined, null, 'text', 7, new Error('plain'), { retryAfterMs: '5', retryInMs: [] }])(
    'reads nothing from %o',
    (error) => {
      expect(retryHints(error)).toEqual({ retryAfterMs: undefined, retryInMs: undefined });
    },
  );

  it('takes a wait without an end for the longest that is honoured, or for none', () => {
    const endless = retryHints({ retryAfterMs: Infinity, retryInMs: Infinity });
    expect(endless).toEqual({ retryAfterMs: Infinity, retryInMs: undefined });
    expect(backoffDelay({ attempt: 1, leaseRemainingMs: 0, ...endless }, {}, shortest)).toBe(600_000);
  });

  it.each([-1, NaN])('takes a retryAfterMs of %s as not said', (retryAfterMs) => {
    expect(retryHints({ retryAfterMs }).retryAfterMs).toBeUndefined();
  });
});

describe('resolveBackoffPolicy', () => {
  it('fills in what is missing, and what is undefined', () => {
    expect(resolveBackoffPolicy({ initialMs: undefined, maxWithoutLeaseMs: 700 })).toEqual({
      ...defaultBackoffPolicy,
      maxWithoutLeaseMs: 700,
    });
  });

  const rejected: [Partial<BackoffPolicy>, string][] = [
    [{ initialMs: 0 }, 'initialMs must be a finite number, above 0; received 0'],
    [{ maxWithoutLeaseMs: 0 }, 'maxWithoutLeaseMs must be a finite number, above 0; received 0'],
    [{ maxWithLeaseMs: 0 }, 'maxWithLeaseMs must be a finite number, above 0; received 0'],
    [{ maxRetryAfterMs: -1 }, 'maxRetryAfterMs must be a finite number, at least 0; received -1'],
  ];
  it.each(rejected)('rejects %o', (settings, message) => {
    expect(() => resolveBackoffPolicy(settings)).toThrow(new RangeError(message));
  });
});
