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
const halfHourMs = 1_800_000;

function failures(count: number, leaseRemainingMs: number, random = longest): number[] {
  return Array.from({ length: count }, (_, index) =>
    backoffDelay({ attempt: index + 1, leaseRemainingMs }, {}, random),
  );
}

describe('backoffDelay without a lease', () => {
  it('doubles its ceiling from 1 s up to the cap of 10 s', () => {
    expect(failures(7, 0).map((ms) => ms / 1_000)).toEqual([1, 2, 4, 8, 10, 10, 10]);
  });

  it('is drawn evenly from 0 to its ceiling, but is never below 100 ms', () => {
    expect(failures(2, 0, () => 0.5)).toEqual([500, 1_000]);
    expect(failures(2, 0, shortest)).toEqual([100, 100]);
  });

  it.each([
    [5, 4_000, 6_000],
    [5, 9_500, 1_000],
    [5, 60_000, 1_000],
    [1, 10_000, 1_000],
  ])(
    'has a ceiling that is lower by the time that the attempt took: %i, %i ms',
    (attempt, tookMs, waitMs) => {
      expect(backoffDelay({ attempt, tookMs, leaseRemainingMs: 0 }, {}, longest)).toBe(waitMs);
    },
  );
});

describe('backoffDelay while the lease lives', () => {
  it('begins at a tenth of what remains of it', () => {
    expect(failures(2, halfHourMs)).toEqual([180_000, 360_000]);
  });

  it('begins at 1 s when a tenth is less', () => {
    expect(backoffDelay({ attempt: 1, leaseRemainingMs: 5_400 }, {}, longest)).toBe(1_000);
  });

  it('is capped at 10 min', () => {
    expect(backoffDelay({ attempt: 9, leaseRemainingMs: 24 * 3_600_000 }, {}, longest)).toBe(600_000);
    expect(backoffDelay({ attempt: 9, leaseRemainingMs: 1_199_000 }, {}, longest)).toBe(599_500);
  });

  it('knows no longer wait than an even part of it, whatever the settings say', () => {
    const eager = { initialMs: 3_600_000 };
    expect(backoffDelay({ attempt: 1, leaseRemainingMs: 8_000 }, eager, longest)).toBe(2_000);
    expect(backoffDelay({ attempt: 1, leaseRemainingMs: 0 }, eager, longest)).toBe(10_000);
  });

  it('leaves room for four attempts, then takes at most half of what remains', () => {
    const evenParts = { initialMs: 24_000 };
    const delays = [1, 2, 3, 4].map((attempt) =>
      backoffDelay({ attempt, leaseRemainingMs: 24_000 }, evenParts, longest),
    );
    expect(delays).toEqual([6_000, 8_000, 12_000, 12_000]);
  });

  it('lets at least that many attempts fit, whatever chance and the lifetime say', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10_000, max: 10_000_000 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
        (remainingMs, draws) => {
          const leftMs = draws.reduce(
            (left, draw, index) =>
              left - backoffDelay({ attempt: index + 1, leaseRemainingMs: left }, {}, () => draw),
            remainingMs,
          );
          expect(leftMs).toBeGreaterThan(0);
        },
      ),
    );
  });
});

describe('backoffDelay with what the error says', () => {
  const failure: RefreshFailure = { attempt: 1, leaseRemainingMs: 0 };

  it('waits at least as long as retryAfterMs says, and adds a draw up to the same, or its own', () => {
    expect(backoffDelay({ ...failure, retryAfterMs: 30_000 }, {}, shortest)).toBe(30_100);
    expect(backoffDelay({ ...failure, retryAfterMs: 30_000 }, {}, longest)).toBe(60_000);
    expect(backoffDelay({ ...failure, retryAfterMs: 300 }, {}, longest)).toBe(1_300);
  });

  it('honours retryAfterMs up to 10 min', () => {
    expect(backoffDelay({ ...failure, retryAfterMs: 600_000 }, {}, shortest)).toBe(600_100);
    expect(backoffDelay({ ...failure, retryAfterMs: 600_001 }, {}, shortest)).toBe(600_100);
  });

  it('honours retryAfterMs of a server that asks for fewer requests up to an hour', () => {
    const throttled = { ...failure, isThrottled: true, retryAfterMs: 3_600_001 };
    expect(backoffDelay(throttled, {}, shortest)).toBe(3_600_100);
    expect(backoffDelay(throttled, { maxThrottledMs: 5_000 }, shortest)).toBe(5_100);
  });

  it('has the ceiling grow with the time for which a server has asked for fewer requests', () => {
    const throttled = { attempt: 9, leaseRemainingMs: 0, isThrottled: true };
    expect(backoffDelay({ ...throttled, throttledForMs: 10_000 }, {}, longest)).toBe(10_000);
    expect(backoffDelay({ ...throttled, throttledForMs: 90_000 }, {}, longest)).toBe(90_000);
    expect(backoffDelay({ ...throttled, throttledForMs: 9_000_000 }, {}, longest)).toBe(3_600_000);
    expect(backoffDelay({ ...throttled, isThrottled: false, throttledForMs: 90_000 }, {}, longest)).toBe(
      10_000,
    );
    const asked = { ...throttled, retryAfterMs: 5_000, throttledForMs: 90_000 };
    expect(backoffDelay(asked, {}, longest)).toBe(15_000);
    const withLease = { ...throttled, leaseRemainingMs: 60_000, throttledForMs: 90_000 };
    expect(backoffDelay(withLease, {}, longest)).toBe(30_000);
  });

  it('fits its own draw into what retryAfterMs leaves of the lease', () => {
    const asked = { attempt: 4, leaseRemainingMs: 40_000, retryAfterMs: 30_000 };
    expect(backoffDelay(asked, {}, longest)).toBe(35_000);
  });

  it('waits exactly as long as retryInMs says without a lease', () => {
    expect(backoffDelay({ ...failure, retryInMs: 30_000 }, {}, shortest)).toBe(30_000);
    expect(backoffDelay({ ...failure, retryInMs: 0 }, {}, longest)).toBe(100);
  });

  it('waits no longer than an even part of the lease whatever retryInMs says', () => {
    const withLease = { attempt: 1, leaseRemainingMs: 20_000 };
    expect(backoffDelay({ ...withLease, retryInMs: 5_000 }, {}, longest)).toBe(5_000);
    expect(backoffDelay({ ...withLease, retryInMs: 5_001 }, {}, longest)).toBe(5_000);
  });

  it('waits no longer than maxWaitMs without a lease, and as ever with one', () => {
    const cheap = { ...failure, attempt: 9, maxWaitMs: 5_000 };
    expect(backoffDelay(cheap, {}, longest)).toBe(5_000);
    expect(backoffDelay({ ...cheap, attempt: 2 }, {}, longest)).toBe(2_000);
    expect(backoffDelay({ ...cheap, leaseRemainingMs: halfHourMs }, {}, longest)).toBe(600_000);
  });

  it('adds retryInMs to what the server asked for', () => {
    expect(backoffDelay({ ...failure, retryInMs: 1_000, retryAfterMs: 7_000 }, {}, longest)).toBe(8_000);
  });
});

describe('retryHints', () => {
  it('reads the two fields of whatever was thrown', () => {
    const hints = { retryAfterMs: 5, retryInMs: 6, maxWaitMs: 7, isThrottled: true };
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
    expect(backoffDelay({ attempt: 1, leaseRemainingMs: 0, ...endless }, {}, shortest)).toBe(600_100);
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
