import { ActivityNotFoundError, type AsyncCompletionClient } from '@temporalio/client';
import {
  ApplicationFailure,
  CancelledFailure,
  CompleteAsyncError,
  ensureApplicationFailure,
} from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

/** The context of an activity. */
export type ActivityContext = Parameters<ActivityInterceptorsFactory>[0];

/** What an activity came to, as a worker tells it to Temporal. */
export type Outcome =
  | { readonly kind: 'completed'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'cancelled'; readonly details: unknown };

/** How Core puts it, so that the server tries again at once. */
const shutDown = 'Activity cancelled due to worker shutdown';

/**
 * Reads an outcome as the worker of Temporal's SDK does.
 *
 * @returns `undefined` for an activity that somebody else will complete
 */
export function outcomeOf(
  settled: PromiseSettledResult<unknown>,
  context: Pick<ActivityContext, 'cancellationSignal' | 'cancellationDetails'>,
): Outcome | undefined {
  if (settled.status === 'fulfilled') return { kind: 'completed', result: settled.value };
  const error: unknown = settled.reason;
  if (error instanceof CompleteAsyncError) return undefined;
  const isCancellation = error instanceof CancelledFailure || isAbort(error);
  if (!isCancellation || !context.cancellationSignal.aborted) {
    return { kind: 'failed', error: ensureApplicationFailure(error) };
  }
  const why = context.cancellationDetails;
  if (why?.workerShutdown === true) return retry(shutDown, 'CancelledFailure');
  if (error instanceof CancelledFailure) {
    if (why?.reset === true) return retry('Activity reset', 'ActivityReset');
    if (why?.paused === true) return retry('Activity paused', 'ActivityPause');
  }
  return {
    kind: 'cancelled',
    details: error instanceof CancelledFailure ? (error.details as readonly unknown[])[0] : undefined,
  };
}

/**
 * Tells an outcome by the task token.
 *
 * @throws what the client throws, unless Temporal has no such task any more: then it had arrived, or its time was over
 */
export async function tellOutcome(
  client: AsyncCompletionClient,
  { info }: ActivityContext,
  outcome: Outcome,
): Promise<void> {
  const { taskToken, activityId, namespace } = info;
  const workflowId = info.workflowExecution?.workflowId;
  const serializationContext = {
    ...{ type: 'activity' as const, namespace, activityId, isLocal: false },
    ...(workflowId !== undefined && { workflowId }),
  };
  try {
    if (outcome.kind === 'completed')
      await client.complete(taskToken, outcome.result, { serializationContext });
    else if (outcome.kind === 'failed') await client.fail(taskToken, outcome.error, { serializationContext });
    else await client.reportCancellation(taskToken, outcome.details, { serializationContext });
  } catch (error) {
    if (!(error instanceof ActivityNotFoundError)) throw error;
  }
}

function retry(message: string, type: string): Outcome {
  return { kind: 'failed', error: ApplicationFailure.retryable(message, type) };
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
