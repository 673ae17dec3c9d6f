import { seededRandom } from '@worker-auth/workspace/seeded-random';
import { expect, it } from 'vitest';
import { refreshDelay } from '../src/refresh-policy.ts';

const minuteMs = 60_000;
const workers = 2_500;

/** Peak by mean of the requests in windows of 10 s, where the fleet starts within one second. */
function herd(lifetimeMs: number, random: () => number): number {
  const durationMs = 12 * 60 * minuteMs;
  const firstMs = 60 * minuteMs;
  const windows = new Map<number, number>();
  for (let worker = 0; worker < workers; worker++) {
    let atMs = (worker * 1_000) / workers;
    while (atMs < durationMs) {
      const window = Math.floor(atMs / 10_000);
      if (atMs >= firstMs) windows.set(window, (windows.get(window) ?? 0) + 1);
      atMs += refreshDelay(lifetimeMs, {}, random);
    }
  }
  const requests = [...windows.values()].reduce((sum, count) => sum + count, 0);
  return Math.max(...windows.values()) / (requests / ((durationMs - firstMs) / 10_000));
}

it.each([5 * minuteMs, 60 * minuteMs, 24 * 60 * minuteMs])(
  'a fleet that starts together is spread, and would stay together without chance (%i ms)',
  (lifetimeMs) => {
    expect(herd(lifetimeMs, seededRandom(1))).toBeLessThan(2.5);
    expect(herd(lifetimeMs, () => 1)).toBeGreaterThan(20);
  },
);
