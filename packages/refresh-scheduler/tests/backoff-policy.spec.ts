import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  backoffDelay,
  type BackoffPolicy,
  defaultBackoffPolicy,
  type RenewalFailure,
  resolveBackoffPolicy,
  retryAfterOutlivesLease,
  retryHints,
} from '../src/index.ts';

const longest = (): number => 1;
const shortest = (): number => 0;
const halfHourMs = 1_800_000;

function failures(count: number, leaseRemainingMs: number, random = longest): number[] {
  return Array.from({ length: count }, (_, index) =>
    backoffDelay({ attempt: index + 1, leaseRemainingMs }, {}, random),
  );
}

describe('backoffDelay without a lease', () => {
  it('doubles its ceiling from 1 s up to the cap of 2 min', () => {
    expect(failures(9, 0).map((ms) => ms / 1_000)).toEqual([1, 2, 4, 8, 16, 32, 64, 120, 120]);
  });

  it('is drawn evenly from 0 to its ceiling, but is never below 100 ms', () => {
    expect(failures(2, 0, () => 0.5)).toEqual([500, 1_000]);
    expect(failures(2, 0, shortest)).toEqual([100, 100]);
  });

  it('stays finite after any number of failures', () => {
    expect(backoffDelay({ attempt: 1e9, leaseRemainingMs: 0 }, {}, longest)).toBe(120_000);
  });
});

describe('backoffDelay while the lease lives', () => {
  it('begins at a sixth of what remains of it', () => {
    expect(failures(2, halfHourMs)).toEqual([300_000, 600_000]);
  });

  it('begins at 1 s when a sixth is less', () => {
    expect(backoffDelay({ attempt: 1, leaseRemainingMs: 5_400 }, {}, longest)).toBe(1_000);
  });

  it('is capped at 10 min while more than that remains, at 2 min otherwise', () => {
    expect(backoffDelay({ attempt: 9, leaseRemainingMs: 24 * 3_600_000 }, {}, longest)).toBe(600_000);
    expect(backoffDelay({ attempt: 9, leaseRemainingMs: 600_001 }, {}, longest)).toBe(300_001);
    expect(backoffDelay({ attempt: 9, leaseRemainingMs: 600_000 }, {}, longest)).toBe(120_000);
  });

  it('leaves room for four attempts, then takes at most half of what remains', () => {
    const evenParts = { leaseShare: 1 };
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
  const failure: RenewalFailure = { attempt: 1, leaseRemainingMs: 0 };

  it('waits at least as long as retryAfterMs says, and adds its own draw', () => {
    expect(backoffDelay({ ...failure, retryAfterMs: 30_000 }, {}, shortest)).toBe(30_100);
    expect(backoffDelay({ ...failure, retryAfterMs: 30_000 }, {}, longest)).toBe(31_000);
  });

  it('honours retryAfterMs up to 10 min', () => {
    expect(backoffDelay({ ...failure, retryAfterMs: 600_000 }, {}, shortest)).toBe(600_100);
    expect(backoffDelay({ ...failure, retryAfterMs: 600_001 }, {}, shortest)).toBe(600_100);
  });

  it('fits its own draw into what retryAfterMs leaves of the lease', () => {
    const asked = { attempt: 4, leaseRemainingMs: 40_000, retryAfterMs: 30_000 };
    expect(backoffDelay(asked, {}, longest)).toBe(35_000);
  });

  it('waits between half the cap and the cap after a permanent error', () => {
    expect(backoffDelay({ ...failure, permanent: true }, {}, shortest)).toBe(60_000);
    expect(backoffDelay({ ...failure, permanent: true }, {}, longest)).toBe(120_000);
    const withLease = { attempt: 1, leaseRemainingMs: halfHourMs, permanent: true };
    expect(backoffDelay(withLease, {}, shortest)).toBe(300_000);
    expect(backoffDelay(withLease, {}, longest)).toBe(600_000);
  });

  it('tells when retryAfterMs outlives the lease', () => {
    const lease = { attempt: 1, leaseRemainingMs: 30_000 };
    expect(retryAfterOutlivesLease({ ...lease, retryAfterMs: 29_999 })).toBe(false);
    expect(retryAfterOutlivesLease({ ...lease, retryAfterMs: 30_000 })).toBe(true);
    expect(retryAfterOutlivesLease({ ...lease, retryAfterMs: 30_000 }, { maxRetryAfterMs: 29_999 })).toBe(
      false,
    );
    expect(retryAfterOutlivesLease({ ...lease, leaseRemainingMs: 0, retryAfterMs: 1 })).toBe(false);
    expect(retryAfterOutlivesLease({ ...lease, leaseRemainingMs: 1, retryAfterMs: 1 })).toBe(true);
    expect(retryAfterOutlivesLease(lease)).toBe(false);
  });
});

describe('retryHints', () => {
  it('reads the two fields of whatever was thrown', () => {
    const error = Object.assign(new Error('503'), { retryAfterMs: 5, permanent: true });
    expect(retryHints(error)).toEqual({ retryAfterMs: 5, permanent: true });
    expect(retryHints({ retryAfterMs: 0 })).toEqual({ retryAfterMs: 0, permanent: false });
  });

  it.each([undefined, null, 'text', 7, new Error('plain'), { retryAfterMs: '5', permanent: 1 }])(
    'reads nothing from %o',
    (error) => {
      const { retryAfterMs, permanent = false } = retryHints(error);
      expect({ retryAfterMs, permanent }).toEqual({ retryAfterMs: undefined, permanent: false });
    },
  );

  it.each([-1, NaN])('takes a retryAfterMs of %s as not said', (retryAfterMs) => {
    expect(retryHints({ retryAfterMs }).retryAfterMs).toBeUndefined();
  });
});

describe('resolveBackoffPolicy', () => {
  it('fills in what is missing, and what is undefined', () => {
    expect(resolveBackoffPolicy({ factor: undefined, maxMs: 700 })).toEqual({
      ...defaultBackoffPolicy,
      maxMs: 700,
    });
  });

  const refused: [Partial<BackoffPolicy>, string][] = [
    [{ initialMs: 0 }, 'initialMs must be a finite number, above 0; received 0'],
    [{ leaseShare: 1.01 }, 'leaseShare must be a finite number, at least 0 and at most 1; received 1.01'],
    [{ factor: 0.99 }, 'factor must be a finite number, at least 1; received 0.99'],
    [{ minMs: -1 }, 'minMs must be a finite number, at least 0; received -1'],
    [{ maxMs: 0 }, 'maxMs must be a finite number, above 0; received 0'],
    [{ maxWithLeaseMs: 0 }, 'maxWithLeaseMs must be a finite number, above 0; received 0'],
    [{ attemptsInLease: 1 }, 'attemptsInLease must be a finite number, at least 2; received 1'],
    [{ maxRetryAfterMs: -1 }, 'maxRetryAfterMs must be a finite number, at least 0; received -1'],
    [{ minMs: 3, maxMs: 2 }, 'minMs must not be above maxMs; received 3 and 2'],
  ];
  it.each(refused)('refuses %o', (settings, message) => {
    expect(() => resolveBackoffPolicy(settings)).toThrow(new RangeError(message));
  });

  it('takes the ends of the ranges', () => {
    const ends = { leaseShare: 0, factor: 1, minMs: 0, attemptsInLease: 2, maxRetryAfterMs: 0 };
    expect(resolveBackoffPolicy(ends)).toMatchObject(ends);
    expect(resolveBackoffPolicy({ minMs: 2, maxMs: 2, leaseShare: 1 }).maxMs).toBe(2);
  });
});
