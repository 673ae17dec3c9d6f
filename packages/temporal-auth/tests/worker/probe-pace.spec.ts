import { describe, expect, it } from 'vitest';
import { waitAfter } from '../../src/worker/token-monitor.ts';

describe('the wait before a probe', () => {
  it.each([
    [0, 17_500],
    [0.5, 20_000],
    [1, 22_500],
  ])('while all is well is an eighth shorter to an eighth longer: with %d it is %d ms', (random, waitMs) => {
    expect(waitAfter('good', 6, () => random)).toBe(waitMs);
  });

  it.each([
    ['good', [1_000, 2_000, 4_000, 8_000, 16_000]],
    ['rejected', [500, 1_000, 2_000, 3_000, 3_000]],
    ['denied', [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]],
    ['unreachable', [1_000, 4_000, 16_000, 60_000, 60_000]],
    ['throttled', [180_000, 300_000, 300_000]],
  ] as const)('grows with each %s in a row, and is shortened by up to a half', (kind, expected) => {
    const waits = (random: number): readonly number[] =>
      expected.map((_, index) => waitAfter(kind, index + 1, () => random));
    expect(waits(0)).toEqual(expected);
    expect(waits(1)).toEqual(expected.map((ms) => ms / 2));
  });
});
