import { CompleteAsyncError } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { grpcError } from '@worker-auth/calls/tests/grpc-error';
import { ReportScene } from '../support/report-scene.ts';
import { isSettled } from '../support/scene.ts';

const rejected = grpcError('PERMISSION_DENIED', 'Request unauthorized.');

describe('the result of an activity', () => {
  it.each([
    ['startToCloseTimeout', { startToCloseTimeoutMs: 30_000 }, 30_000],
    ['startToCloseTimeout', { startToCloseTimeoutMs: 20_000, scheduleToCloseTimeoutMs: 20_000 }, 20_000],
    ['scheduleToCloseTimeout', { scheduleToCloseTimeoutMs: 20_000 }, 20_000],
    [
      // Of which an earlier attempt has had a part.
      'scheduleToCloseTimeout',
      {
        scheduleToCloseTimeoutMs: 20_000,
        scheduledTimestampMs: 0,
        currentAttemptScheduledTimestampMs: 5_000,
      },
      15_000,
    ],
  ])('is abandoned when the activity is over for Temporal: %s', async (because, info, limitMs) => {
    const scene = new ReportScene({ info });
    scene.answers = Array.from({ length: 100 }, () => rejected);
    const running = scene.run(() => 42);
    await scene.clock.advance(limitMs - 1);
    expect(await isSettled(running)).toBe(false);
    await scene.clock.advance(1);
    expect(await running).toBe(42);
    expect(scene.events.names).toEqual(['resultPending', 'resultAbandoned']);
    expect(scene.events.of('resultAbandoned')).toMatchObject([{ because }]);
    expect(scene.log.messages('ERROR')).toEqual([
      `An activity result is abandoned, as its ${because} was shorter than the outage; the activity may run again: Request unauthorized.`,
    ]);
  });

  it('is abandoned when everything ends', async () => {
    const scene = new ReportScene();
    scene.answers = [rejected, rejected];
    const running = scene.run(() => 42);
    await scene.clock.advance(0);
    scene.ending.abort();
    expect(await running).toBe(42);
    expect(scene.events.of('resultAbandoned')).toEqual([
      {
        ...{ activityType: 'countRows', activityId: '7', workflowId: 'extract' },
        ...{ reason: 'Request unauthorized.', because: 'closed' },
      },
    ]);
    expect(scene.log.entries.at(-1)).toMatchObject({
      level: 'ERROR',
      meta: { namespace: 'ours', taskQueue: 'extraction', activityId: '7', workflowId: 'extract' },
    });
    expect(scene.clock.pendingTimers).toBe(0);
  });

  it('is abandoned when its worker was shut down, and Core is told to report nothing', async () => {
    const scene = new ReportScene();
    scene.answers = Array.from({ length: 100 }, () => rejected);
    const running = scene.run(() => 42);
    const ended = expect(running).rejects.toBeInstanceOf(CompleteAsyncError);
    await scene.clock.advance(1_000);
    scene.reporter.endAt(scene.clock.monotonicNow() + 25_000);
    // The first one counts.
    scene.reporter.endAt(scene.clock.monotonicNow() + 26_000);
    await scene.clock.advance(24_999);
    expect(await isSettled(running)).toBe(false);
    await scene.clock.advance(1);
    await ended;
    expect(scene.events.of('resultAbandoned')).toMatchObject([{ because: 'shutdown' }]);
    expect(scene.log.messages('ERROR')).toEqual([
      'An activity result is abandoned, as its worker was shut down; the activity may run again: Request unauthorized.',
    ]);
    expect(scene.metrics).toEqual([]);
  });

  it('is sent once when its worker was shut down long ago', async () => {
    const scene = new ReportScene();
    scene.reporter.endAt(scene.clock.monotonicNow());
    await scene.clock.advance(1_000);
    await expect(scene.run(() => 42)).rejects.toBeInstanceOf(CompleteAsyncError);
    expect(scene.events.names).toEqual([]);
    scene.answers = [rejected, 'accepted'];
    const running = expect(scene.run(() => 42)).rejects.toBeInstanceOf(CompleteAsyncError);
    await scene.clock.advance(0);
    await running;
    expect(scene.events.names).toEqual(['resultPending', 'resultAbandoned']);
    expect(scene.calls).toHaveLength(2);
  });

  it.each([
    ['before a call', 'IllegalStateError', 'Client already closed'],
    ['during a call', 'NativePromiseDroppedError', 'Native Promise was dropped without being settled'],
  ])('is abandoned when the connection is closed %s', async (_when, name, message) => {
    const scene = new ReportScene();
    scene.answers = [Object.assign(new Error(message), { name })];
    expect(await scene.run(() => 42)).toBe(42);
    expect(scene.events.names).toEqual(['resultPending', 'resultAbandoned']);
  });
});
