import { FakeClock } from '@worker-auth/testing-fakes';
import { expect, it } from 'vitest';
import { RefreshScheduler } from '../src/refresh-scheduler.ts';
import { readInstant } from '@worker-auth/internal';

it('SharedTimer is one timer of the clock for a thousand idle schedulers', async () => {
  const clock = new FakeClock();
  const refresh = () => Promise.resolve({ value: 1, obtainedAt: readInstant(clock), lifetimeMs: 3_600_000 });
  const schedulers = Array.from({ length: 1_000 }, () => new RefreshScheduler({ refresh, clock }));
  for (const scheduler of schedulers) {
    await scheduler.refreshNow();
    scheduler.start();
  }
  expect(clock.pendingTimers).toBe(1);
  await clock.advance(60_000);
  expect(clock.pendingTimers).toBe(1);
  await Promise.all(schedulers.map((scheduler) => scheduler.stop()));
  expect(clock.pendingTimers).toBe(0);
});
