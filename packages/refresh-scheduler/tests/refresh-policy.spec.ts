import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  defaultRefreshPolicy,
  refreshDelay,
  type RefreshPolicy,
  resolveRefreshPolicy,
} from '../src/refresh-policy.ts';

const latest = (): number => 1;
const earliest = (): number => 0;

describe('refreshDelay', () => {
  it.each([
    { lifetimeMs: 1_000, delayMs: 800, why: 'a fifth of a short lease is its margin' },
    { lifetimeMs: 149_999, delayMs: 119_999, why: 'the margin is still a fifth' },
    { lifetimeMs: 150_000, delayMs: 120_000, why: 'the margin reaches 30 s' },
    { lifetimeMs: 150_001, delayMs: 120_001, why: 'the margin stays at 30 s' },
    { lifetimeMs: 329_999, delayMs: 299_999, why: 'the lower clamp gives way to the margin' },
    { lifetimeMs: 330_000, delayMs: 300_000, why: 'the lower clamp just fits' },
    { lifetimeMs: 330_001, delayMs: 300_000, why: 'the lower clamp holds' },
    { lifetimeMs: 375_000, delayMs: 300_000, why: '80 % reaches the lower clamp' },
    { lifetimeMs: 375_010, delayMs: 300_008, why: '80 % of the lifetime' },
    { lifetimeMs: 2_249_990, delayMs: 1_799_992, why: '80 % of the lifetime' },
    { lifetimeMs: 2_250_000, delayMs: 1_800_000, why: '80 % reaches the upper clamp' },
    { lifetimeMs: 2_250_010, delayMs: 1_800_000, why: 'the upper clamp holds' },
  ])('of $lifetimeMs ms is $delayMs ms without jitter: $why', ({ lifetimeMs, delayMs }) => {
    expect(refreshDelay(lifetimeMs, {}, latest)).toBe(delayMs);
  });

  it('is moved earlier by at most a fifth of the lifetime', () => {
    expect(refreshDelay(300_000, {}, earliest)).toBe(270_000 - 60_000);
    expect(refreshDelay(300_000, {}, () => 0.5)).toBe(270_000 - 30_000);
  });

  it('is moved earlier by at most half of itself, however long the lifetime is', () => {
    expect(refreshDelay(4_499_995, {}, earliest)).toBe(1_800_000 - 899_999);
    expect(refreshDelay(4_500_000, {}, earliest)).toBe(900_000);
    expect(refreshDelay(2_592_000_000, {}, earliest)).toBe(900_000);
  });

  it('is moved earlier by at most half an hour, where no cap is lower', () => {
    const policy = { maxDelayMs: 2_592_000_000 };
    expect(refreshDelay(86_400_000, policy, latest)).toBe(69_120_000);
    expect(refreshDelay(86_400_000, policy, earliest)).toBe(69_120_000 - 1_800_000);
    expect(refreshDelay(8_999_995, policy, earliest)).toBe(7_199_996 - 1_799_999);
  });

  it('keeps the margin, for any lifetime and any policy', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const duration = fc.double({ min: 1, max: 1e9, noNaN: true });
    const policies = fc.record({
      ratio: fc.double({ min: 0.01, max: 1, noNaN: true }),
      minDelayMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
      maxDelayMs: fc.double({ min: 1e6, max: 1e9, noNaN: true }),
    });
    fc.assert(
      fc.property(duration, policies, share, (lifetimeMs, policy, chance) => {
        const delayMs = refreshDelay(lifetimeMs, policy, () => chance);
        const marginMs = Math.min(30_000, 0.2 * lifetimeMs);
        expect(delayMs).toBeGreaterThanOrEqual(0);
        expect(delayMs).toBeLessThanOrEqual(lifetimeMs - marginMs);
        expect(delayMs).toBeLessThanOrEqual(policy.maxDelayMs);
      }),
    );
  });

  it('draws from Math.random when no source of chance is given', () => {
    const delays = new Set(Array.from({ length: 100 }, () => refreshDelay(3_600_000)));
    expect(delays.size).toBeGreaterThan(50);
  });

  it.each([0, -1, NaN, Infinity])('rejects a lifetime of %s', (lifetimeMs) => {
    expect(() => refreshDelay(lifetimeMs)).toThrow(
      new RangeError(`lifetimeMs must be a finite number, above 0; received ${lifetimeMs}`),
    );
  });
});

describe('resolveRefreshPolicy', () => {
  it('fills in what is missing, and what is undefined', () => {
    expect(resolveRefreshPolicy()).toEqual(defaultRefreshPolicy);
    expect(resolveRefreshPolicy({ ratio: undefined, minDelayMs: 7 })).toEqual({
      ...defaultRefreshPolicy,
      minDelayMs: 7,
    });
  });

  const rejected: [Partial<RefreshPolicy>, string][] = [
    [{ ratio: 0 }, 'ratio must be a finite number, above 0 and at most 1; received 0'],
    [{ ratio: 1.01 }, 'ratio must be a finite number, above 0 and at most 1; received 1.01'],
    [{ minDelayMs: -1 }, 'minDelayMs must be a finite number, at least 0; received -1'],
    [{ maxDelayMs: 0, minDelayMs: 0 }, 'maxDelayMs must be a finite number, above 0; received 0'],
    [{ minDelayMs: 2, maxDelayMs: 1 }, 'minDelayMs must not be above maxDelayMs; received 2 and 1'],
  ];
  it.each(rejected)('rejects %o', (settings, message) => {
    expect(() => resolveRefreshPolicy(settings)).toThrow(new RangeError(message));
  });

  it.each<Partial<RefreshPolicy>>([{ ratio: 1 }, { minDelayMs: 0 }, { minDelayMs: 1, maxDelayMs: 1 }])(
    'takes %o',
    (settings) => {
      expect(resolveRefreshPolicy(settings)).toMatchObject(settings);
    },
  );
});
