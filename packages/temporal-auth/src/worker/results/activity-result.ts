import {
  ApplicationFailure,
  CancelledFailure,
  CompleteAsyncError,
  ensureApplicationFailure,
} from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

export type ActivityContext = Parameters<ActivityInterceptorsFactory>[0];

/** The result of an activity, as a worker reports it to Temporal. */
export type ActivityResult =
  | { readonly kind: 'completed'; readonly value: unknown }
  | {
      readonly kind: 'failed';
      readonly error: Error;
      /** `shutdown`: it did not end within the time of its worker's shutdown. */
      readonly because: 'error' | 'cancellation' | 'shutdown';
      /** What the activity threw, where that is why. */
      readonly thrown?: unknown;
    }
  | {
      readonly kind: 'cancelled';
      /** `undefined` for an activity that ended by its abort signal. */
      readonly error: CancelledFailure | undefined;
    };

/** What a worker says when it cannot convert the details of a heartbeat, and cancels the activity. */
const detailsNotConverted = 'HEARTBEAT_DETAILS_CONVERSION_FAILED';

/** In the words of Temporal's Core, which reports such a cancellation as a failure: the server retries that at once. */
const shutDown = 'Worker is shutting down and this activity did not complete in time';

/** What an activity came to, by the rules of Temporal's worker; `undefined` for what Core is to report, and for one that somebody else completes. */
export function resultOf(
  settled: PromiseSettledResult<unknown>,
  context: ActivityContext,
): ActivityResult | undefined {
  if (settled.status === 'fulfilled') return { kind: 'completed', value: settled.value };
  try {
    return resultOfError(settled.reason, context);
  } catch {
    // What was thrown cannot be read: the SDK meets the same.
    return undefined;
  }
}

function resultOfError(
  error: unknown,
  { cancellationSignal, cancellationDetails: why }: ActivityContext,
): ActivityResult | undefined {
  if (error instanceof CompleteAsyncError) return undefined;
  if (cancellationSignal.aborted) {
    const reason: unknown = cancellationSignal.reason;
    if (reason instanceof CancelledFailure && reason.message === detailsNotConverted)
      return failure('cancellation', detailsNotConverted, 'CancelledFailure');
    const cancellation = error instanceof CancelledFailure ? error : undefined;
    if (cancellation && why?.reset) return failure('cancellation', 'Activity reset', 'ActivityReset');
    if (cancellation && why?.paused) return failure('cancellation', 'Activity paused', 'ActivityPause');
    if (cancellation || (error instanceof Error && error.name === 'AbortError')) {
      if (why?.workerShutdown) return failure('shutdown', shutDown, 'WorkerShutdown');
      return { kind: 'cancelled', error: cancellation };
    }
  }
  return { kind: 'failed', error: ensureApplicationFailure(error), because: 'error', thrown: error };
}

function failure(because: 'cancellation' | 'shutdown', message: string, type: string): ActivityResult {
  return { kind: 'failed', error: ApplicationFailure.retryable(message, type), because };
}
