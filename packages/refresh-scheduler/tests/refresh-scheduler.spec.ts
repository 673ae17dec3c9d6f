import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { type Lease, readInstant, RefreshScheduler } from '../src/index.ts';

describe('RefreshScheduler', () => {
  it('renews at once when started without a lease, then when the lease is due', async () => {
    const clock = new FakeClock();
    let calls = 0;
    const renew = (): Promise<Lease<number>> =>
      Promise.resolve({ value: ++calls, obtainedAt: readInstant(clock), lifetimeMs: 3_600_000 });
    const scheduler = new RefreshScheduler({ renew, clock, random: () => 0 });
    scheduler.start();
    await clock.advance(0);
    expect(scheduler.lease?.value).toBe(1);
    expect(scheduler.state).toEqual({ kind: 'scheduled', nextAttemptInMs: 1_800_000 });
    await clock.advance(1_799_999);
    expect(calls).toBe(1);
    await clock.advance(1);
    expect(calls).toBe(2);
    await scheduler.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});
