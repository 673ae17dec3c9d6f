import { describe, expect, it } from 'vitest';
import { RefreshScheduler } from '../src/refresh-scheduler.ts';
import { openBench, startBench } from './token-server.ts';

const down = new Error('503');
const minuteMs = 60_000;

describe('discard()', () => {
  it('drops the lease, and when started a new one is obtained at once', async () => {
    const { clock, server, scheduler } = await startBench();
    scheduler.discard();
    expect(scheduler.lease).toBeUndefined();
    expect(scheduler.dueInMs).toBeUndefined();
    await clock.advance(0);
    expect(scheduler.lease?.value).toBe('token 2');
    await clock.advance(10 * minuteMs);
    expect(server.requests).toBe(2);
  });

  it('drops the lease, and when not started nothing is obtained until somebody asks', async () => {
    const { clock, server, scheduler } = openBench();
    await scheduler.refreshNow();
    scheduler.discard();
    await clock.advance(60 * minuteMs);
    expect(server.requests).toBe(1);
    await scheduler.refreshNow();
    expect(scheduler.lease?.value).toBe('token 2');
  });

  it('aborts the refresh that runs and gives who waits for it the next one, never two at once', async () => {
    const { clock, server, scheduler } = openBench();
    server.answer = { latencyMs: 1_000 };
    const waiting = scheduler.refreshNow();
    await clock.advance(500);
    scheduler.discard();
    await clock.advance(999);
    expect(server.signals[0]?.reason).toMatchObject({ code: 'REFRESH_SCHEDULER_REFRESH_DISCARDED' });
    expect(server.mostRunning).toBe(1);
    await clock.advance(1);
    expect((await waiting).value).toBe('token 2');
  });

  it('does not use the answer of a refresh that did not listen', async () => {
    const { clock, server } = openBench();
    const answers: ((value: string) => void)[] = [];
    const refreshed: string[] = [];
    const scheduler = new RefreshScheduler<string>({
      clock,
      refresh: () =>
        new Promise((resolve) => {
          answers.push((value) => {
            resolve(server.lease(value));
          });
        }),
    });
    scheduler.on('refreshed', ({ lease }) => refreshed.push(lease.value));
    scheduler.start();
    scheduler.discard();
    answers[0]?.('old');
    await clock.advance(0);
    expect(scheduler.lease).toBeUndefined();
    answers[1]?.('new');
    await clock.advance(0);
    expect(refreshed).toEqual(['new']);
    await scheduler.stop();
  });

  it('does not begin again and again when called again and again: the third refresh waits', async () => {
    const { clock, server, scheduler } = openBench();
    server.answer = { latencyMs: 1_000 };
    scheduler.start();
    const waiting = scheduler.refreshNow();
    for (let round = 0; round < 100; round++) {
      scheduler.discard();
      await clock.advance(1);
    }
    expect(server.requests).toBe(2);
    await expect(waiting).rejects.toMatchObject({
      code: 'REFRESH_SCHEDULER_REFRESH_DISCARDED',
      message: expect.stringMatching(/^The lease was discarded while it was being refreshed/) as string,
    });
    expect(scheduler.state).toMatchObject({ kind: 'backing-off', attempt: 1 });
    await clock.advance(3_000);
    expect(scheduler.lease).toBeDefined();
  });

  it('begins nothing in place of a refresh that nobody waits for, when not started', async () => {
    const { clock, server, scheduler } = openBench();
    server.answer = { latencyMs: 1_000 };
    const controller = new AbortController();
    const leaving = scheduler.refreshNow({ signal: controller.signal });
    controller.abort(down);
    await expect(leaving).rejects.toBe(down);
    scheduler.discard();
    await clock.advance(minuteMs);
    expect(server.requests).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it('keeps the wait after a failure, and the count of failures', async () => {
    const { clock, server, scheduler } = openBench();
    server.answer = { error: down };
    scheduler.start();
    await clock.advance(6_500);
    expect(scheduler.state).toMatchObject({ kind: 'backing-off', attempt: 3, nextAttemptInMs: 7_500 });
    for (let round = 0; round < 1_000; round++) scheduler.discard();
    await clock.advance(7_499);
    expect(server.requests).toBe(3);
    await clock.advance(1);
    expect(scheduler.state).toMatchObject({ kind: 'backing-off', attempt: 4 });
  });

  it('shortens a wait that was as long as the lease allowed to what it is without one', async () => {
    const { clock, server, scheduler } = await startBench();
    server.answer = { error: down };
    await clock.advance(30 * minuteMs);
    expect(scheduler.state).toMatchObject({ nextAttemptInMs: 10 * minuteMs, urgentAttemptInMs: 2_000 });
    scheduler.discard();
    expect(scheduler.state).toMatchObject({ nextAttemptInMs: 2_000, urgentAttemptInMs: 2_000 });
  });

  it('ends the wait when it is told to, but not what the server asked for', async () => {
    const { clock, server, scheduler } = openBench();
    server.answer = { error: down };
    scheduler.start();
    await clock.advance(0);
    scheduler.discard({ retryAtOnce: true });
    expect(server.requests).toBe(2);
    server.answer = { error: Object.assign(new Error('429'), { retryAfterMs: 30_000 }) };
    await clock.advance(10_000);
    const { requests } = server;
    scheduler.discard({ retryAtOnce: true });
    scheduler.discard({ retryAtOnce: true });
    await clock.advance(15_000);
    expect(server.requests).toBe(requests);
  });
});

describe('the time for which a server asked not to be called', () => {
  const asked = Object.assign(new Error('429'), { retryAfterMs: 30_000 });

  it('is obeyed by refreshNow(), which rejects with what the server said', async () => {
    const { clock, server, scheduler } = openBench();
    server.answer = { error: asked };
    await expect(scheduler.refreshNow()).rejects.toBe(asked);
    server.answer = {};
    await expect(scheduler.refreshNow()).rejects.toBe(asked);
    await clock.advance(29_999);
    await expect(scheduler.refreshNow()).rejects.toBe(asked);
    expect(server.requests).toBe(1);
    await clock.advance(1);
    await expect(scheduler.refreshNow()).resolves.toMatchObject({ value: 'token 2' });
  });

  it('is obeyed by start()', async () => {
    const { clock, server, scheduler } = openBench({ random: () => 0 });
    server.answer = { error: asked };
    await scheduler.refreshNow().catch(() => undefined);
    scheduler.start();
    await clock.advance(29_999);
    expect(server.requests).toBe(1);
    await clock.advance(1);
    expect(server.requests).toBe(2);
  });

  it('is obeyed by refreshIfDue()', async () => {
    const { clock, server, scheduler } = openBench({ random: () => 0 });
    server.answer = { error: asked };
    await scheduler.refreshNow().catch(() => undefined);
    await clock.advance(29_999);
    scheduler.refreshIfDue();
    expect(server.requests).toBe(1);
    await clock.advance(1);
    scheduler.refreshIfDue();
    expect(server.requests).toBe(2);
  });

  it('is not forgotten when a lease is handed in that is due before its end', async () => {
    const { clock, server, scheduler } = openBench();
    server.answer = { error: asked };
    scheduler.start();
    await clock.advance(0);
    server.answer = {};
    expect(scheduler.accept(server.lease('handed in', 10_000))).toBe(true);
    await clock.advance(29_999);
    expect(server.requests).toBe(1);
    await clock.advance(1);
    expect(server.requests).toBe(2);
  });
});
