import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { grpcError } from '@worker-auth/calls/tests/grpc-error';
import { ReportScene } from '../support/report-scene.ts';
import { rejection } from '../support/scene.ts';

const rejected = grpcError('PERMISSION_DENIED', 'Request unauthorized.');
const event = { activityType: 'countRows', activityId: '7', workflowId: 'extract' };
const labels = {
  ...{ service_name: 'temporal-core-sdk', namespace: 'ours', task_queue: 'extraction' },
  ...{ activity_type: 'countRows', workflow_type: 'extraction' },
};

describe('results that Temporal does not accept at once', () => {
  it('are logged after 2 s and at the last of them, and each has its events', async () => {
    const scene = new ReportScene();
    scene.answers = Array.from({ length: 6 }, () => rejected);
    const running = [1, 2].map((value) => rejection(scene.run(() => value)));
    await scene.clock.advance(10_000);
    await Promise.all(running);
    expect(scene.log.entries).toMatchObject([
      {
        level: 'WARN',
        message: expect.stringMatching(
          /^Temporal has not accepted .*: Request unauthorized\. See http/,
        ) as unknown,
        meta: { code: 'RESULTS_PENDING', namespace: 'ours' },
      },
      {
        level: 'INFO',
        message: expect.stringMatching(/^Ended after \d+ s: /) as unknown,
        meta: { namespace: 'ours', delivered: 2, gone: 0, abandoned: 0 },
      },
    ]);
    expect(scene.events.of('resultPending')).toEqual(
      [1, 2].map(() => ({ ...event, reason: 'Request unauthorized.' })),
    );
    expect(scene.events.of('resultDelivered')).toEqual([event, event]);
  });

  it('are not pending after an abandoned one, unless another one tries', async () => {
    const scene = new ReportScene({ info: { startToCloseTimeoutMs: 5_000 } });
    scene.answers = Array.from({ length: 9 }, () => rejected);
    const abandoned = scene.run(() => 1);
    await scene.clock.advance(60_000);
    expect(await abandoned).toBe(1);
    const { promise, resolve } = Promise.withResolvers<object>();
    scene.answers = [promise];
    const first = rejection(scene.run(() => 2));
    await scene.clock.advance(0);
    expect(scene.events.names).toEqual(['resultPending', 'resultAbandoned']);
    const second = rejection(scene.run(() => 3));
    await scene.clock.advance(0);
    resolve({});
    await Promise.all([first, second]);
    expect(scene.events.names.slice(2)).toEqual(['resultPending', 'resultDelivered']);
  });

  it('are said to lack a permission once that is known, until one is accepted', async () => {
    const scene = new ReportScene();
    scene.answers = Array.from({ length: 4 }, () => rejected);
    scene.isDenied = true;
    const running = rejection(scene.run(() => 1));
    await scene.clock.advance(2_500);
    expect(scene.conditions.list).toMatchObject([
      { code: 'PERMISSION_MISSING', scope: { namespace: 'ours' } },
    ]);
    await scene.clock.advance(10_000);
    await running;
    expect(scene.conditions.list).toEqual([]);
  });

  it.each([true, false])(
    'are seen while failures are never accepted and values are, denied: %s',
    async (isDenied) => {
      const scene = new ReportScene({ info: { startToCloseTimeoutMs: 600_000 } });
      scene.isDenied = isDenied;
      scene.rejectedMethods = ['failed'];
      const failing = scene.run(() => Promise.reject(new Error('disk full'))).catch(() => undefined);
      const unseen: number[] = [];
      for (let ms = 0; ms < 60_000; ms += 100) {
        if (ms % 700 === 0) await rejection(scene.run(() => 42));
        await scene.clock.advance(100);
        if (ms > 5_000 && scene.conditions.list.length === 0) unseen.push(ms);
      }
      expect(unseen).toEqual([]);
      scene.rejectedMethods = [];
      await scene.clock.advance(15_000);
      await failing;
      expect(scene.conditions.list).toEqual([]);
    },
  );

  it('are not said to be accepted when none was', async () => {
    const scene = new ReportScene();
    scene.answers = [rejected, grpcError('INVALID_ARGUMENT')];
    const running = scene.run(() => 42);
    await scene.clock.advance(500);
    expect(await running).toBe(42);
    expect(scene.log.messages('INFO')).toEqual([]);
    expect(scene.events.names).toEqual(['resultPending']);
  });

  it('are told as gone when Temporal has no such task any more, at the first call too', async () => {
    const scene = new ReportScene();
    const gone = grpcError('NOT_FOUND', 'workflow execution already completed');
    scene.answers = [gone, rejected, gone, 'accepted'];
    // Of a start, it would mean that.
    scene.explain = () => 'Temporal has no such namespace';
    await rejection(scene.run(() => 1));
    const running = [2, 3].map((value) => rejection(scene.run(() => value)));
    await scene.clock.advance(10_000);
    await Promise.all(running);
    const ended = { ...event, reason: 'workflow execution already completed' };
    expect(scene.events.of('resultGone')).toEqual([ended, ended]);
    expect(scene.events.of('resultDelivered')).toEqual([event]);
    expect(scene.log.messages('WARN')).toEqual([
      'Temporal no longer wants an activity result: workflow execution already completed',
      'Temporal no longer wants an activity result: workflow execution already completed',
    ]);
  });

  it('are told without a workflow when the activity has none', async () => {
    const info = { inWorkflow: false, workflowExecution: undefined, workflowType: undefined };
    const scene = await ReportScene.reported([rejected], 500, { info });
    expect(scene.events.of('resultDelivered')).toEqual([{ ...event, workflowId: undefined }]);
    expect(scene.metrics[0]?.labels).toEqual({ ...labels, workflow_type: '' });
  });
});

describe('the metrics of Core', () => {
  it('change nothing of a result when they cannot be had', async () => {
    const runtime = (): never => {
      throw new Error('shut down');
    };
    expect((await ReportScene.reported([], 0, { runtime })).methods).toEqual(['completed']);
  });

  it('have the latency of a result', async () => {
    const scene = await ReportScene.reported([], 0, {
      info: { scheduledTimestampMs: Date.UTC(2026, 0, 1) - 1_500 },
    });
    expect(scene.metrics).toEqual([
      { name: 'temporal_activity_succeed_endtoend_latency', value: 1_500, labels },
    ]);
  });

  it('have no latency of a result that is gone', async () => {
    expect((await ReportScene.reported([grpcError('NOT_FOUND')])).metrics).toEqual([]);
  });

  it.each([
    [false, ['int', 'milliseconds'], 1_500],
    [true, ['float', 'seconds'], 1.5],
  ])('are described as Core describes them, in seconds: %s', async (isInSeconds, typeAndUnit, value) => {
    const scene = new ReportScene({
      info: { scheduledTimestampMs: Date.UTC(2026, 0, 1) - 1_500 },
      metricsExporter: { useSecondsForDurations: isInSeconds },
    });
    await rejection(scene.run(() => 42));
    expect(scene.metrics.map((metric) => metric.value)).toEqual([value]);
    expect(scene.described).toEqual([
      ['temporal_activity_execution_failed', '', 'Count of activity task execution failures'],
      [
        ...['temporal_activity_succeed_endtoend_latency', ...typeAndUnit],
        'Histogram of activity execution latencies for successful activities',
      ],
    ]);
  });

  it('count a failure, and the log of the worker has it, as without reports', async () => {
    const scene = new ReportScene();
    const error = new Error('disk full');
    await rejection(scene.run(() => Promise.reject(error)));
    const failed = { ...labels, failure_reason: 'ActivityError' };
    expect(scene.metrics).toEqual([{ name: 'temporal_activity_execution_failed', value: 1, labels: failed }]);
    expect(scene.activityLog.entries).toEqual([
      { level: 'WARN', message: 'Activity failed', meta: { error, durationMs: 0, sdkComponent: 'worker' } },
    ]);
  });

  it('do not count a benign failure, which is a line for debugging', async () => {
    const scene = new ReportScene();
    const category = ApplicationFailureCategory.BENIGN;
    await rejection(
      scene.run(() => Promise.reject(ApplicationFailure.create({ message: 'later', category }))),
    );
    expect(scene.metrics).toEqual([]);
    expect(scene.activityLog.entries).toMatchObject([{ level: 'DEBUG', message: 'Activity failed' }]);
  });

  it.each([
    ['a cancellation', { cancelRequested: true }, []],
    ['the end of its worker', { workerShutdown: true }, []],
    ['a reset, which they count', { reset: true }, ['temporal_activity_execution_failed']],
  ])('and the log say nothing of %s', async (_name, cancellationDetails, names) => {
    const context = { cancellationSignal: AbortSignal.abort(), cancellationDetails } as never;
    const scene = new ReportScene({ context });
    await rejection(scene.run(() => Promise.reject(new CancelledFailure('CANCELLED'))));
    expect(scene.metrics.map(({ name }) => name)).toEqual(names);
    expect(scene.activityLog.entries).toEqual([]);
  });
});
