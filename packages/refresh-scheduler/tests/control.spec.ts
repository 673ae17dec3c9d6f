import { AsyncLocalStorage } from 'node:async_hooks';
import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import type { Lease } from '../src/lease.ts';
import { RefreshScheduler } from '../src/refresh-scheduler.ts';
import type { RefreshSchedulerOptions } from '../src/scheduler-options.ts';
import { type Bench, openBench, startBench, TokenServer } from './token-server.ts';

/** A started scheduler with its first lease; every later request takes 1 s. */
async function setUp(options: Partial<RefreshSchedulerOptions<string>> = {}): Promise<Bench> {
  const bench = await startBench(options);
  bench.server.answer = { latencyMs: 1_000 };
  return bench;
}

const minuteMs = 60_000;
const stopped = {
  name: 'RefreshSchedulerError',
  code: 'REFRESH_SCHEDULER_STOPPED',
  retryable: false,
  message: 'The refresh scheduler was stopped; create a new one to refresh again',
};

describe('refreshNow', () => {
  it('refreshes before the lease is due and schedules from the new one', async () => {
    const { clock, scheduler } = await setUp();
    await clock.advance(10 * minuteMs);
    const refresh = scheduler.refreshNow({ reason: 'poll rejected' });
    expect(scheduler.state).toEqual({ kind: 'refreshing', attempt: 1, reason: 'poll rejected' });
    const reasons: unknown[] = [];
    scheduler.on('refreshed', ({ reason }) => reasons.push(reason));
    await clock.advance(1_000);
    expect((await refresh).value).toBe('token 2');
    expect(reasons).toEqual(['poll rejected']);
    expect(scheduler.state).toEqual({ kind: 'scheduled', nextAttemptInMs: 30 * minuteMs - 1_000 });
  });

  it('joins a refresh that runs, whoever started it', async () => {
    const { clock, server, scheduler } = await setUp();
    await clock.advance(30 * minuteMs);
    const callers = Array.from({ length: 1_000 }, () => scheduler.refreshNow());
    await clock.advance(1_000);
    expect(new Set(await Promise.all(callers))).toEqual(new Set([scheduler.lease]));
    expect(server.requests).toBe(2);
  });

  it('joins the refresh that it is called from', async () => {
    const clock = new FakeClock();
    const server = new TokenServer(clock);
    const scheduler: RefreshScheduler<string> = new RefreshScheduler({
      clock,
      refresh: (signal) => {
        void scheduler.refreshNow();
        return server.refresh(signal);
      },
    });
    await scheduler.refreshNow();
    expect(server.requests).toBe(1);
  });
});

describe('a refresh that nobody waits for', () => {
  const context = new AsyncLocalStorage<string>();

  it.each<readonly [string, (scheduler: RefreshScheduler<string>) => unknown]>([
    [
      'refreshIfDue()',
      (scheduler) => {
        scheduler.refreshIfDue();
      },
    ],
    [
      'start()',
      (scheduler) => {
        scheduler.start();
      },
    ],
  ])('does not run in the async context of who calls %s', async (_name, call) => {
    const clock = new FakeClock();
    const server = new TokenServer(clock);
    const seen: unknown[] = [];
    const refresh = (signal: AbortSignal): Promise<Lease<string>> => {
      seen.push(context.getStore());
      return server.refresh(signal);
    };
    const scheduler = new RefreshScheduler({ refresh, clock });
    scheduler.on('refreshed', () => seen.push(context.getStore()));
    context.run('of a caller', () => call(scheduler));
    await clock.advance(0);
    expect(seen).toEqual([undefined, undefined]);
  });
});

it('refreshIfDue begins a refresh that has a deadline, though nobody waits for it', async () => {
  const clock = new FakeClock();
  const server = new TokenServer(clock, { latencyMs: Infinity });
  const scheduler = new RefreshScheduler({ refresh: server.refresh, clock });
  scheduler.refreshIfDue();
  await clock.advance(9_999);
  expect(server.running).toBe(1);
  await clock.advance(1);
  expect(server.running).toBe(0);
});

describe('accept', () => {
  it('schedules from a lease that was obtained elsewhere', async () => {
    const { clock, server, scheduler } = await setUp();
    await clock.advance(20 * minuteMs);
    const lease = server.lease('elsewhere');
    expect(scheduler.accept(lease)).toBe(true);
    expect(scheduler.lease).toBe(lease);
    expect(scheduler.state).toEqual({ kind: 'scheduled', nextAttemptInMs: 30 * minuteMs });
    await clock.advance(30 * minuteMs - 1);
    expect(server.requests).toBe(1);
    await clock.advance(1);
    expect(server.requests).toBe(2);
  });

  it('ends a wait after a failure', async () => {
    const { server, scheduler } = await setUp();
    server.answer = { error: new Error('503') };
    await scheduler.refreshNow().catch(() => undefined);
    expect(scheduler.accept(server.lease('elsewhere'))).toBe(true);
    expect(scheduler.state).toEqual({ kind: 'scheduled', nextAttemptInMs: 30 * minuteMs });
  });

  it('rejects a lease that is older than the one at hand, and takes one of the same moment', async () => {
    const { clock, server, scheduler } = await setUp();
    const older = server.lease('older');
    await clock.advance(1);
    const atHand = server.lease('at hand');
    scheduler.accept(atHand);
    expect(scheduler.accept(older)).toBe(false);
    expect(scheduler.lease).toBe(atHand);
    expect(scheduler.accept(server.lease('same moment'))).toBe(true);
  });

  it('rejects a lease that is over', async () => {
    const { clock, server, scheduler } = await setUp();
    const lease = server.lease('short', 1_000);
    const longer = server.lease('longer', 1_001);
    await clock.advance(1_000);
    expect(scheduler.accept(lease)).toBe(false);
    expect(scheduler.accept(longer)).toBe(true);
  });

  it('is not overwritten by a refresh that was sent before', async () => {
    const { clock, server, scheduler } = await setUp();
    const refresh = scheduler.refreshNow();
    await clock.advance(500);
    const newer = server.lease('newer');
    expect(scheduler.accept(newer)).toBe(true);
    expect(scheduler.state.kind).toBe('refreshing');
    await clock.advance(500);
    expect(await refresh).toBe(newer);
    expect(scheduler.lease).toBe(newer);
  });

  it('makes the retry of a refresh that was sent before and fails needless', async () => {
    const { clock, server, scheduler } = await setUp();
    server.answer = { latencyMs: 1_000, error: new Error('503') };
    const refresh = scheduler.refreshNow();
    await clock.advance(1);
    scheduler.accept(server.lease('newer'));
    await clock.advance(999);
    await expect(refresh).rejects.toThrow('503');
    expect(scheduler.state).toEqual({ kind: 'scheduled', nextAttemptInMs: 30 * minuteMs - 999 });
  });

  it('throws for a lifetime that is no duration', async () => {
    const { server, scheduler } = await setUp();
    expect(() => scheduler.accept(server.lease('bad', NaN))).toThrow(
      new RangeError('lifetimeMs must be a finite number, above 0; received NaN'),
    );
  });
});

describe('stop', () => {
  it('aborts the refresh that runs and waits for its end', async () => {
    const { clock, server, scheduler } = await setUp();
    const refresh = scheduler.refreshNow();
    const stop = scheduler.stop();
    expect(server.signals[1]?.reason).toMatchObject(stopped);
    await expect(refresh).rejects.toMatchObject(stopped);
    await stop;
    expect(server.running).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('waits at most until the deadline of a refresh that does not listen', async () => {
    const { clock, scheduler } = await setUp({ refresh: () => new Promise(() => undefined) });
    let isStopped = false;
    void scheduler.stop().then(() => {
      isStopped = true;
    });
    await clock.advance(9_999);
    expect(isStopped).toBe(false);
    await clock.advance(1);
    expect(isStopped).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it('drops the lease of a refresh that does not listen, and tells nobody of it', async () => {
    const clock = new FakeClock();
    const server = new TokenServer(clock);
    const eventNames: string[] = [];
    const deaf = new RefreshScheduler({ clock, refresh: () => Promise.resolve(server.lease('deaf')) });
    deaf.on('refreshed', () => eventNames.push('refreshed'));
    deaf.on('refreshFailed', () => eventNames.push('refreshFailed'));
    deaf.on('stopped', () => eventNames.push('stopped'));
    const refresh = deaf.refreshNow();
    await deaf.stop();
    await expect(refresh).rejects.toMatchObject(stopped);
    expect(deaf.lease).toBeUndefined();
    expect(eventNames).toEqual(['stopped']);
  });

  it('says so once, after the end of the refresh, and gives the same promise again', async () => {
    const { server, scheduler } = await setUp();
    const running: number[] = [];
    scheduler.on('stopped', () => running.push(server.running));
    void scheduler.refreshNow();
    const stop = scheduler.stop();
    expect(scheduler.stop()).toBe(stop);
    await stop;
    expect(running).toEqual([0]);
  });

  it('works before start, and start throws after it', async () => {
    const { server, scheduler } = openBench();
    await scheduler.stop();
    expect(() => {
      scheduler.start();
    }).toThrow(expect.objectContaining(stopped) as Error);
    await expect(scheduler.refreshNow()).rejects.toMatchObject(stopped);
    expect(server.requests).toBe(0);
  });
});
