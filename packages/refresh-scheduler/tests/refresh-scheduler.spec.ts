import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import type { Lease } from '../src/lease.ts';
import { RefreshScheduler } from '../src/refresh-scheduler.ts';
import { openBench, startBench, TokenServer } from './token-server.ts';

const minuteMs = 60_000;

describe('a scheduler that was not started', () => {
  it('is idle, has no lease, calls nothing and sets no timer', async () => {
    const { clock, server, scheduler } = openBench();
    await clock.advance(minuteMs);
    expect(scheduler.state).toEqual({ kind: 'idle' });
    expect(scheduler.lease).toBeUndefined();
    expect(server.requests).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('refreshes on demand and is idle again', async () => {
    const { clock, scheduler } = openBench();
    const lease = await scheduler.refreshNow();
    expect(scheduler.lease).toBe(lease);
    expect(scheduler.state).toEqual({ kind: 'idle' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not retry a refresh on demand that failed', async () => {
    const { clock, server, scheduler } = openBench();
    server.answer = { error: new Error('503') };
    const failures: unknown[] = [];
    scheduler.on('refreshFailed', ({ attempt, nextAttemptInMs }) =>
      failures.push({ attempt, nextAttemptInMs }),
    );
    await expect(scheduler.refreshNow()).rejects.toThrow('503');
    await expect(scheduler.refreshNow()).rejects.toThrow('503');
    expect(failures).toEqual([
      { attempt: 1, nextAttemptInMs: undefined },
      { attempt: 2, nextAttemptInMs: undefined },
    ]);
    expect(scheduler.state).toMatchObject({ kind: 'backing-off', attempt: 2 });
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(3_600_000);
    expect(failures).toHaveLength(2);
  });

  it('goes on counting failures when the lease has ended', async () => {
    const { clock, server, scheduler } = openBench();
    const { lifetimeMs } = await scheduler.refreshNow();
    server.answer = { error: new Error('503') };
    const attempts: number[] = [];
    scheduler.on('refreshFailed', ({ attempt }) => attempts.push(attempt));
    for (const advanceMs of [lifetimeMs - 2, 1, 1, 1]) {
      await clock.advance(advanceMs);
      await scheduler.refreshNow().catch(() => undefined);
    }
    expect(attempts).toEqual([1, 2, 3, 4]);
  });

  it('keeps what it refreshed on demand when it is started', async () => {
    const { server, scheduler } = openBench();
    await scheduler.refreshNow();
    scheduler.start();
    expect(scheduler.state).toEqual({ kind: 'scheduled', nextAttemptInMs: 30 * minuteMs });
    expect(server.requests).toBe(1);
  });
});

describe('a scheduler that was started', () => {
  it('refreshes at once without a lease, then when the lease is due', async () => {
    const { clock, server, scheduler } = openBench();
    scheduler.start();
    expect(scheduler.state).toEqual({ kind: 'refreshing', attempt: 1, reason: undefined });
    await clock.advance(0);
    expect(scheduler.lease?.value).toBe('token 1');
    expect(scheduler.state).toEqual({ kind: 'scheduled', nextAttemptInMs: 30 * minuteMs });
    await clock.advance(30 * minuteMs - 1);
    expect(server.requests).toBe(1);
    await clock.advance(1);
    expect(server.requests).toBe(2);
    expect(scheduler.lease?.value).toBe('token 2');
  });

  it('counts the time that the request took', async () => {
    const { clock, server, scheduler } = openBench();
    server.answer = { latencyMs: 5_000 };
    scheduler.start();
    await clock.advance(5_000);
    expect(scheduler.state).toEqual({ kind: 'scheduled', nextAttemptInMs: 30 * minuteMs - 5_000 });
  });

  it('draws the jitter once per lease', async () => {
    const draws: number[] = [];
    const random = (): number => {
      draws.push(0);
      return 1 - draws.length / 10;
    };
    const { clock, scheduler } = await startBench({ random });
    expect(scheduler.state).toEqual({ kind: 'scheduled', nextAttemptInMs: 30 * minuteMs - 72_000 });
    await clock.advance(10 * minuteMs);
    expect(scheduler.state).toEqual({ kind: 'scheduled', nextAttemptInMs: 20 * minuteMs - 72_000 });
    expect(draws).toHaveLength(1);
  });

  it('waits for the initial lease to come due', async () => {
    const { clock, server } = openBench();
    const initialLease = server.lease('initial');
    await clock.advance(29 * minuteMs);
    const scheduler = new RefreshScheduler({ refresh: server.refresh, clock, initialLease, random: () => 1 });
    expect(scheduler.lease).toBe(initialLease);
    scheduler.start();
    await clock.advance(minuteMs - 1);
    expect(server.requests).toBe(0);
    await clock.advance(1);
    expect(server.requests).toBe(1);
  });

  it('refreshes at once when the initial lease is over, and says so', async () => {
    const { clock, server } = openBench();
    const initialLease = server.lease('initial');
    await clock.advance(60 * minuteMs);
    const scheduler = new RefreshScheduler({ refresh: server.refresh, clock, initialLease });
    const expired: Lease<string>[] = [];
    scheduler.on('leaseExpired', ({ lease }) => expired.push(lease));
    expect(scheduler.lease).toBeUndefined();
    scheduler.start();
    expect(scheduler.state.kind).toBe('refreshing');
    expect(expired).toEqual([initialLease]);
  });

  it('does nothing when it is started again', async () => {
    const { clock, server, scheduler } = openBench();
    scheduler.start();
    scheduler.start();
    await clock.advance(0);
    scheduler.start();
    await clock.advance(0);
    expect(server.requests).toBe(1);
    expect(clock.pendingTimers).toBe(1);
  });

  it.each([0, -1, NaN, Infinity])('rejects a refreshTimeoutMs of %d', (refreshTimeoutMs) => {
    expect(() => openBench({ refreshTimeoutMs })).toThrow(
      new RangeError(`refreshTimeoutMs must be a finite number, above 0; received ${refreshTimeoutMs}`),
    );
  });

  it('rejects a policy, a backoff and an initial lease that are out of range', () => {
    expect(() => openBench({ policy: { ratio: 2 } })).toThrow(RangeError);
    expect(() => openBench({ backoff: { initialMs: 0 } })).toThrow(RangeError);
    expect(() => openBench({ initialLease: new TokenServer(new FakeClock()).lease('x', 0) })).toThrow(
      RangeError,
    );
  });
});

describe('the two clocks', () => {
  it('let a host that slept past the due moment refresh within a step of 15 s', async () => {
    const { clock, server, scheduler } = openBench();
    scheduler.start();
    await clock.advance(1);
    clock.suspend(31 * minuteMs);
    await clock.advance(15_000);
    expect(server.requests).toBe(2);
  });

  it('let a host that slept past the end of the lease stop serving it at once', async () => {
    const { clock, scheduler } = openBench();
    const expired: Lease<string>[] = [];
    scheduler.on('leaseExpired', ({ lease }) => expired.push(lease));
    scheduler.start();
    await clock.advance(1);
    clock.suspend(60 * minuteMs);
    expect(scheduler.lease).toBeUndefined();
    await clock.advance(15_000);
    expect(expired.map(({ value }) => value)).toEqual(['token 1']);
    expect(scheduler.lease?.value).toBe('token 2');
  });

  it('delay nothing when the wall clock steps back', async () => {
    const { clock, server } = await startBench();
    clock.stepWall(-24 * 60 * minuteMs);
    await clock.advance(30 * minuteMs);
    expect(server.requests).toBe(2);
  });

  it('end a refresh whose deadline passed while the host slept, a second after it woke up', async () => {
    const { clock, server, scheduler } = openBench();
    server.answer = { latencyMs: Infinity };
    scheduler.start();
    clock.suspend(60 * minuteMs);
    await clock.advance(10_999);
    expect(server.signals[0]?.aborted).toBe(false);
    await clock.advance(1);
    expect(server.signals[0]?.aborted).toBe(true);
  });

  it('take what a refresh gives in the second after the host woke up', async () => {
    const { clock, server, scheduler } = openBench();
    server.answer = { latencyMs: 10_500 };
    scheduler.start();
    clock.suspend(20_000);
    await clock.advance(10_500);
    expect(scheduler.lease?.value).toBeDefined();
  });

  it('serve the lease up to its last millisecond and no longer', async () => {
    const { clock, server, scheduler } = openBench();
    server.answer = { lifetimeMs: 1_000 };
    await scheduler.refreshNow();
    await clock.advance(999);
    expect(scheduler.lease?.value).toBe('token 1');
    await clock.advance(1);
    expect(scheduler.lease).toBeUndefined();
  });
});
