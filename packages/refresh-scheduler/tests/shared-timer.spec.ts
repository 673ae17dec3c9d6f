import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { RefreshScheduler } from '../src/refresh-scheduler.ts';
import { readInstant } from '@worker-auth/internal';
import { SharedTimer } from '../src/shared-timer.ts';

const intervalMs = 15_000;

describe('SharedTimer', () => {
  it('is one timer of the clock for a thousand idle schedulers', async () => {
    const clock = new FakeClock();
    const refresh = () =>
      Promise.resolve({ value: 1, obtainedAt: readInstant(clock), lifetimeMs: 3_600_000 });
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

  it('calls each that is there when it fires, once, and none that was cancelled', async () => {
    const clock = new FakeClock();
    const timer = SharedTimer.of(clock, intervalMs);
    const calls: string[] = [];
    const cancelled = timer.add(() => calls.push('cancelled'));
    const late = { cancel: (): void => undefined };
    timer.add(() => {
      calls.push('first');
      late.cancel();
      timer.add(() => calls.push('again'));
    });
    const added = timer.add(() => calls.push('late'));
    late.cancel = () => {
      added.cancel();
    };
    cancelled.cancel();
    await clock.advance(intervalMs);
    expect(calls).toEqual(['first']);
    await clock.advance(intervalMs);
    expect(calls).toEqual(['first', 'again']);
    expect(clock.pendingTimers).toBe(0);
  });
});
