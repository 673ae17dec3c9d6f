import { FakeClock } from '@worker-auth/testing-fakes';
import { seededRandom } from '@worker-auth/workspace/seeded-random';
import { expect, it, onTestFinished } from 'vitest';
import { readInstant, RefreshScheduler, type RefreshLease } from '../src/index.ts';

const hourMs = 3_600_000;

function start(clock: FakeClock, refresh: RefreshLease<string>, seed: number): RefreshScheduler<string> {
  const scheduler = new RefreshScheduler({ refresh, clock, random: seededRandom(seed) });
  onTestFinished(() => scheduler.stop());
  scheduler.start();
  return scheduler;
}

it.each([5, 10, 100])(
  'a quota of %i requests in any hour that counts rejections opens again',
  async (quota) => {
    for (let seed = 1; seed <= 20; seed++) {
      const clock = new FakeClock();
      // Another client has used all of it, a moment ago.
      const requestedAtMs = Array.from({ length: quota }, () => clock.monotonicNow());
      const scheduler = start(
        clock,
        () => {
          const obtainedAt = readInstant(clock);
          const nowMs = obtainedAt.monotonicMs;
          const lastHour = requestedAtMs.filter((atMs) => nowMs - atMs < hourMs).length;
          requestedAtMs.push(nowMs);
          if (lastHour < quota) return Promise.resolve({ value: '', obtainedAt, lifetimeMs: 24 * hourMs });
          return Promise.reject(Object.assign(new Error('429'), { isThrottled: true }));
        },
        seed,
      );
      await clock.advance(4 * hourMs);
      expect(scheduler.lease).toBeDefined();
      expect(requestedAtMs.length - quota).toBeLessThanOrEqual(40);
      await scheduler.stop();
    }
  },
);

it.each([1, 2, 3])(
  'a thousand cold clients that were asked to wait a minute all have a lease soon, without a herd (seed %i)',
  async (seed) => {
    const clock = new FakeClock();
    const startMs = clock.monotonicNow();
    const perSecond = new Map<number, number>();
    let [granted, lastMs] = [0, 0];
    // 20 a second, and 20 at once.
    let [left, filledMs] = [20, startMs];
    const refresh: RefreshLease<string> = () => {
      const obtainedAt = readInstant(clock);
      const nowMs = obtainedAt.monotonicMs;
      const second = Math.floor((nowMs - startMs) / 1_000);
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
      left = Math.min(20, left + (nowMs - filledMs) / 50);
      filledMs = nowMs;
      if (left < 1)
        return Promise.reject(Object.assign(new Error('429'), { isThrottled: true, retryAfterMs: 60_000 }));
      left--;
      granted++;
      lastMs = nowMs - startMs;
      return Promise.resolve({ value: '', obtainedAt, lifetimeMs: 24 * hourMs });
    };
    for (let client = 0; client < 1_000; client++) start(clock, refresh, 1_000 * seed + client);
    await clock.advance(0.2 * hourMs);
    expect(granted).toBe(1_000);
    perSecond.delete(0);
    expect(lastMs).toBeLessThanOrEqual(240_000);
    expect(Math.max(...perSecond.values())).toBeLessThanOrEqual(36);
  },
);
