import { FakeClock } from '@worker-auth/testing-fakes';
import { seededRandom } from '@worker-auth/workspace/seeded-random';
import { expect, it } from 'vitest';
import { RefreshScheduler } from '../src/refresh-scheduler.ts';
import type { RefreshLease } from '../src/refresh.ts';
import { readInstant } from '@worker-auth/internal';

const hourMs = 3_600_000;

it.each([5, 10, 100])(
  'a quota of %i requests in any hour that counts rejections opens again',
  async (quota) => {
    for (let seed = 1; seed <= 20; seed++) {
      const clock = new FakeClock();
      // Another client has used all of it, a moment ago.
      const requestedAtMs = Array.from({ length: quota }, () => clock.monotonicNow());
      const refresh: RefreshLease<string> = () => {
        const obtainedAt = readInstant(clock);
        const nowMs = obtainedAt.monotonicMs;
        const lastHour = requestedAtMs.filter((atMs) => nowMs - atMs < hourMs).length;
        requestedAtMs.push(nowMs);
        if (lastHour < quota) return Promise.resolve({ value: '', obtainedAt, lifetimeMs: 24 * hourMs });
        return Promise.reject(Object.assign(new Error('429'), { isThrottled: true }));
      };
      await using scheduler = new RefreshScheduler({ refresh, clock, random: seededRandom(seed) });
      scheduler.start();
      await clock.advance(4 * hourMs);
      expect(scheduler.lease).toBeDefined();
      expect(requestedAtMs.length - quota).toBeLessThanOrEqual(40);
    }
  },
);
