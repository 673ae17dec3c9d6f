import { describe, expect, it } from 'vitest';
import type { RefreshFailedEvent } from '../src/events.ts';
import type { Lease } from '../src/lease.ts';
import type { RefreshSchedulerOptions } from '../src/scheduler-options.ts';
import { openBench } from './token-server.ts';

/** A started scheduler, and what it reports. */
async function setUp(options: Partial<RefreshSchedulerOptions<string>> = {}) {
  const bench = openBench(options);
  const failures: RefreshFailedEvent[] = [];
  const expired: Lease<string>[] = [];
  bench.scheduler.on('refreshFailed', (event) => failures.push(event));
  bench.scheduler.on('leaseExpired', ({ lease }) => expired.push(lease));
  bench.scheduler.start();
  await bench.clock.advance(0);
  return { ...bench, failures, expired };
}

const minuteMs = 60_000;
const down = new Error('503');

describe('a refresh that fails', () => {
  it('keeps the lease, says so, and is tried again', async () => {
    const { clock, server, scheduler, failures } = await setUp();
    server.answer = { error: down };
    await clock.advance(30 * minuteMs);
    expect(scheduler.lease?.value).toBe('token 1');
    expect(failures).toEqual([
      {
        error: down,
        attempt: 1,
        nextAttemptInMs: 10 * minuteMs,
        leaseRemainingMs: 30 * minuteMs,
        retryAfterOutlivesLease: false,
        reason: undefined,
      },
    ]);
    expect(scheduler.state).toEqual({
      kind: 'backing-off',
      attempt: 1,
      nextAttemptInMs: 10 * minuteMs,
      urgentAttemptInMs: 2_000,
      error: down,
    });
    server.answer = {};
    await clock.advance(10 * minuteMs - 1);
    expect(server.requests).toBe(2);
    await clock.advance(1);
    expect(scheduler.lease?.value).toBe('token 3');
    expect(scheduler.state).toEqual({ kind: 'scheduled', nextAttemptInMs: 30 * minuteMs });
  });

  it('is tried on after the lease has ended, and heals when the server does', async () => {
    const { clock, server, scheduler, failures, expired } = await setUp();
    server.answer = { error: down };
    await clock.advance(24 * 60 * minuteMs);
    expect(expired.map(({ value }) => value)).toEqual(['token 1']);
    expect(scheduler.lease).toBeUndefined();
    expect(failures.at(-1)).toMatchObject({
      leaseRemainingMs: 0,
      nextAttemptInMs: 12_000,
      retryAfterOutlivesLease: false,
    });
    server.answer = {};
    await clock.advance(12_000);
    expect(scheduler.lease).toBeDefined();
  });

  it('is tried again within seconds once the lease has ended, and goes on counting', async () => {
    const { clock, server, failures } = await setUp();
    server.answer = { error: down };
    await clock.advance(60 * minuteMs);
    const before = failures.length;
    expect(before).toBe(8);
    await clock.advance(24_000);
    expect(failures.slice(before).map(({ attempt, nextAttemptInMs }) => [attempt, nextAttemptInMs])).toEqual([
      [9, 12_000],
      [10, 12_000],
    ]);
  });
});

describe('what the error says', () => {
  it('delays the next attempt by retryAfterMs', async () => {
    const { clock, server, failures } = await setUp();
    server.answer = {
      error: Object.assign(new Error('429'), { retryAfterMs: 12 * minuteMs, isThrottled: true }),
    };
    await clock.advance(30 * minuteMs);
    expect(failures[0]).toMatchObject({ nextAttemptInMs: 13.2 * minuteMs, retryAfterOutlivesLease: false });
  });

  it('is reported when retryAfterMs outlives the lease', async () => {
    const { clock, server, failures } = await setUp();
    server.answer = { lifetimeMs: 5 * minuteMs };
    await clock.advance(30 * minuteMs);
    server.answer = { error: Object.assign(new Error('429'), { retryAfterMs: 30_000 }) };
    await clock.advance(4.5 * minuteMs);
    expect(failures[0]).toMatchObject({ leaseRemainingMs: 30_000, retryAfterOutlivesLease: true });
  });

  it('sets the next attempt by retryInMs', async () => {
    const { clock, server, failures } = await setUp();
    server.answer = { error: Object.assign(new Error('401'), { retryInMs: 1_234 }) };
    await clock.advance(30 * minuteMs);
    expect(failures[0]?.nextAttemptInMs).toBe(1_234);
  });
});

describe('a refresh that hangs', () => {
  it('is aborted at its deadline and counts as failed', async () => {
    const { clock, server, failures } = await setUp();
    server.answer = { latencyMs: Infinity };
    await clock.advance(30 * minuteMs + 9_999);
    expect(failures).toHaveLength(0);
    expect(server.running).toBe(1);
    await clock.advance(1);
    expect(server.running).toBe(0);
    expect(failures[0]?.error).toMatchObject({
      name: 'RefreshSchedulerError',
      code: 'REFRESH_SCHEDULER_REFRESH_TIMED_OUT',
      retryable: true,
      message: 'The refresh took longer than 10000 ms (refreshTimeoutMs) and was abandoned',
    });
    expect(server.signals[1]?.reason).toBe(failures[0]?.error);
  });

  it('is given up in time when the wall clock is an hour ahead at its deadline, and right again a second later', async () => {
    const { clock, server, failures } = await setUp();
    server.answer = { latencyMs: Infinity };
    await clock.advance(30 * minuteMs + 9_999);
    clock.stepWall(60 * minuteMs);
    await clock.advance(1);
    clock.stepWall(-60 * minuteMs);
    await clock.advance(999);
    expect(failures).toHaveLength(0);
    await clock.advance(1);
    expect(failures).toHaveLength(1);
  });

  it('is given up even when refresh does not listen to its signal, and its late answer is ignored', async () => {
    const answers: ((lease: Lease<string>) => void)[] = [];
    const { clock, server, scheduler, failures } = await setUp({
      refresh: () => new Promise((resolve) => answers.push(resolve)),
    });
    await clock.advance(10_000);
    expect(failures).toHaveLength(1);
    answers[0]?.(server.lease('late'));
    await clock.advance(0);
    expect(scheduler.lease).toBeUndefined();
    expect(scheduler.state.kind).toBe('backing-off');
  });
});

describe('a lease that is of no use', () => {
  it.each([
    [{ lifetimeMs: 0 }, 'no usable lease: lifetimeMs must be a finite number, above 0; received 0'],
    [{ lifetimeMs: 1, latencyMs: 1 }, 'a lease that has ended already; received a lifetimeMs of 1'],
  ])('is told with what is wrong with it: %o', async (answer, problem) => {
    const { clock, server, failures } = await setUp();
    server.answer = answer;
    await clock.advance(30 * minuteMs + 1);
    expect(failures[0]?.error).toMatchObject({ message: `The refresh gave ${problem}` });
  });

  it('is a failed refresh when it is over on arrival, and not refreshed in a tight loop', async () => {
    const { clock, server, failures } = await setUp();
    server.answer = { lifetimeMs: 1_000, latencyMs: 1_000 };
    await clock.advance(30 * minuteMs + 1_000);
    expect(failures[0]).toMatchObject({ nextAttemptInMs: 10 * minuteMs });
    server.answer = { lifetimeMs: 1_000, latencyMs: 999 };
    await clock.advance(10 * minuteMs + 999);
    expect(failures).toHaveLength(1);
  });
});
