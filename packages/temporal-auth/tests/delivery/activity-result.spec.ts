import { ApplicationFailure, CancelledFailure, CompleteAsyncError } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import type { ActivityContext } from '../../src/delivery/heartbeat-details.ts';
import { resultOf } from '../../src/delivery/result-request.ts';

/** @param details `undefined`: nobody cancelled; `null`: the SDK does not say why */
function context(
  details?: object | null,
  reason: unknown = new CancelledFailure('CANCELLED'),
): ActivityContext {
  const cancellationSignal = details === undefined ? new AbortController().signal : AbortSignal.abort(reason);
  return { cancellationSignal, cancellationDetails: details ?? undefined } as unknown as ActivityContext;
}

const cancellation = new CancelledFailure('CANCELLED', ['so far']);
const abortion = Object.assign(new Error('aborted'), { name: 'AbortError' });

/** As Temporal's worker and Core report it. */
const resultOfThrown = (reason: unknown, context: ActivityContext) =>
  resultOf({ status: 'rejected', reason }, context);

describe('resultOf', () => {
  it('is the failure that was thrown, and one of its own for any other error', () => {
    const failure = ApplicationFailure.nonRetryable('no such table', 'Missing');
    expect(resultOfThrown(failure, context())).toEqual({
      ...{ kind: 'failed', error: failure, because: 'error', thrown: failure },
    });
    expect(resultOfThrown(new RangeError('5'), context())).toMatchObject({
      kind: 'failed',
      error: { name: 'ApplicationFailure', message: '5', type: 'RangeError', nonRetryable: false },
    });
  });

  it('is nothing when somebody else completes the activity', () => {
    expect(resultOfThrown(new CompleteAsyncError(), context({ cancelRequested: true }))).toBeUndefined();
  });

  it.each([{ cancelRequested: true }, {}, null])('is a cancellation when it was cancelled: %o', (details) => {
    expect(resultOfThrown(cancellation, context(details))).toEqual({
      kind: 'cancelled',
      error: cancellation,
    });
    expect(resultOfThrown(abortion, context(details))).toEqual({ kind: 'cancelled', error: undefined });
  });

  it.each([
    [{ reset: true }, 'Activity reset', 'ActivityReset'],
    [{ paused: true }, 'Activity paused', 'ActivityPause'],
  ])('is a failure to be retried after %o', (details, message, type) => {
    expect(resultOfThrown(cancellation, context(details))).toMatchObject({
      ...{ kind: 'failed', because: 'cancellation' },
      error: { message, type, nonRetryable: false },
    });
    expect(resultOfThrown(abortion, context(details))).toEqual({ kind: 'cancelled', error: undefined });
  });

  it.each([cancellation, abortion])(
    'is a failure to be retried at the shutdown of the worker: %s',
    (error) => {
      expect(resultOfThrown(error, context({ workerShutdown: true }))).toMatchObject({
        ...{ kind: 'failed', because: 'shutdown' },
        error: {
          message: 'Worker is shutting down and this activity did not complete in time',
          ...{ type: 'WorkerShutdown', nonRetryable: false },
        },
      });
    },
  );

  it('is a failure of its own when the details of a heartbeat cannot be converted, whatever was thrown', () => {
    const details = 'HEARTBEAT_DETAILS_CONVERSION_FAILED';
    const failed = context({}, new CancelledFailure(details));
    expect(resultOfThrown(new Error('disk full'), failed)).toMatchObject({
      because: 'cancellation',
      error: { message: details, type: 'CancelledFailure', nonRetryable: false },
    });
  });

  it('is a failure when nobody cancelled, whatever the activity throws', () => {
    expect(resultOfThrown(abortion, context())).toMatchObject({ kind: 'failed', because: 'error' });
    expect(resultOfThrown(cancellation, context())).toMatchObject({ kind: 'failed', because: 'error' });
  });

  it('is another failure of an activity that was cancelled', () => {
    expect(resultOfThrown(new Error('disk full'), context({ cancelRequested: true }))).toMatchObject({
      ...{ kind: 'failed', because: 'error' },
      error: { message: 'disk full' },
    });
  });
});
