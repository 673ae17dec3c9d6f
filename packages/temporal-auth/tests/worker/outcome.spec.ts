import { ActivityNotFoundError, type AsyncCompletionClient } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, CompleteAsyncError } from '@temporalio/common';
import { describe, expect, it, vi } from 'vitest';
import { type ActivityContext, type Outcome, outcomeOf, tellOutcome } from '../../src/worker/outcome.ts';
import { rejection } from '../support/scene.ts';

const uncancelled = { cancellationSignal: new AbortController().signal, cancellationDetails: undefined };

function cancelled(details: Partial<NonNullable<ActivityContext['cancellationDetails']>>) {
  const none = { notFound: false, cancelRequested: false, paused: false, timedOut: false };
  return {
    cancellationSignal: AbortSignal.abort(),
    cancellationDetails: { ...none, workerShutdown: false, reset: false, ...details },
  };
}

const rejected = (reason: unknown): PromiseRejectedResult => ({ status: 'rejected', reason });
const cancellation = new CancelledFailure('CANCELLED', ['so far']);
const abortion = Object.assign(new Error('aborted'), { name: 'AbortError' });

describe('outcomeOf', () => {
  it('is the result of an activity that completed', () => {
    const outcome = outcomeOf({ status: 'fulfilled', value: 7 }, uncancelled);
    expect(outcome).toEqual({ kind: 'completed', result: 7 });
  });

  it('is the failure that was thrown, and one of its own for any other error', () => {
    const failure = ApplicationFailure.nonRetryable('no such table', 'Missing');
    expect(outcomeOf(rejected(failure), uncancelled)).toEqual({ kind: 'failed', error: failure });
    expect(outcomeOf(rejected(new RangeError('5')), uncancelled)).toMatchObject({
      kind: 'failed',
      error: { name: 'ApplicationFailure', message: '5', type: 'RangeError', nonRetryable: false },
    });
  });

  it('is nothing when somebody else will complete the activity', () => {
    expect(outcomeOf(rejected(new CompleteAsyncError()), uncancelled)).toBeUndefined();
  });

  it.each([
    ['with what the activity gives last', cancellation, 'so far'],
    ['by a signal that it handed on', abortion, undefined],
  ])('is a cancellation that was asked for, %s', (_name, error, details) => {
    expect(outcomeOf(rejected(error), cancelled({ cancelRequested: true }))).toEqual({
      kind: 'cancelled',
      details,
    });
  });

  it.each([{ reset: true }, { paused: true }])(
    'is a cancellation when the activity gave up by a signal after %o, as for the worker',
    (details) => {
      expect(outcomeOf(rejected(abortion), cancelled(details))).toMatchObject({ kind: 'cancelled' });
    },
  );

  it('is a cancellation of which nobody says why', () => {
    const context = { cancellationSignal: AbortSignal.abort(), cancellationDetails: undefined };
    expect(outcomeOf(rejected(cancellation), context)).toEqual({ kind: 'cancelled', details: 'so far' });
  });

  it('is a failure when there was no cancellation, whatever the activity throws', () => {
    expect(outcomeOf(rejected(abortion), uncancelled)).toMatchObject({ kind: 'failed' });
    expect(outcomeOf(rejected(cancellation), uncancelled)).toMatchObject({ kind: 'failed' });
  });

  it.each([
    [{ workerShutdown: true }, 'Activity cancelled due to worker shutdown', 'CancelledFailure'],
    [{ reset: true }, 'Activity reset', 'ActivityReset'],
    [{ paused: true }, 'Activity paused', 'ActivityPause'],
  ])('is a failure that is tried again after %o', (details, message, type) => {
    expect(outcomeOf(rejected(cancellation), cancelled(details))).toMatchObject({
      kind: 'failed',
      error: { message, type, nonRetryable: false },
    });
  });

  it('is another failure of an activity that was cancelled', () => {
    expect(outcomeOf(rejected(new Error('disk full')), cancelled({ cancelRequested: true }))).toMatchObject({
      kind: 'failed',
      error: { message: 'disk full' },
    });
  });
});

describe('tellOutcome', () => {
  const taskToken = Uint8Array.of(1, 2, 3);
  const context = {
    info: {
      ...{ taskToken, activityId: '7', namespace: 'extraction' },
      workflowExecution: { workflowId: 'extract', runId: 'r' },
    },
  } as unknown as ActivityContext;
  const options = {
    serializationContext: {
      ...{
        type: 'activity',
        namespace: 'extraction',
        workflowId: 'extract',
        activityId: '7',
        isLocal: false,
      },
    },
  };
  const error = ApplicationFailure.retryable('no');

  function fakeClient() {
    const client = { complete: vi.fn(), fail: vi.fn(), reportCancellation: vi.fn() };
    return { ...client, client: client as unknown as AsyncCompletionClient };
  }

  it.each<[Outcome, 'complete' | 'fail' | 'reportCancellation', unknown]>([
    [{ kind: 'completed', result: 42 }, 'complete', 42],
    [{ kind: 'failed', error }, 'fail', error],
    [{ kind: 'cancelled', details: 'so far' }, 'reportCancellation', 'so far'],
  ])('$kind by the task token', async (outcome, method, what) => {
    const fake = fakeClient();
    await tellOutcome(fake.client, context, outcome);
    expect(fake[method].mock.calls).toEqual([[taskToken, what, options]]);
    expect(
      ['complete', 'fail', 'reportCancellation'].filter((name) => fake[name as 'fail'].mock.calls.length),
    ).toEqual([method]);
  });

  it('also when the activity belongs to no workflow', async () => {
    const fake = fakeClient();
    const alone = { info: { ...context.info, workflowExecution: undefined } } as unknown as ActivityContext;
    await tellOutcome(fake.client, alone, { kind: 'completed', result: 42 });
    const [[, , told]] = fake.complete.mock.calls as [[unknown, unknown, typeof options]];
    expect(told.serializationContext).not.toHaveProperty('workflowId');
  });

  it('takes it for told when Temporal has no such task any more', async () => {
    const fake = fakeClient();
    fake.complete.mockRejectedValue(new ActivityNotFoundError('Not found'));
    await tellOutcome(fake.client, context, { kind: 'completed', result: 42 });
  });

  it('rejects with any other error', async () => {
    const fake = fakeClient();
    fake.complete.mockRejectedValue(error);
    expect(await rejection(tellOutcome(fake.client, context, { kind: 'completed', result: 42 }))).toBe(error);
  });
});
