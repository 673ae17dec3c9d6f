import {
  ApplicationFailure,
  ApplicationFailureCategory,
  CancelledFailure,
  CompleteAsyncError,
  ensureApplicationFailure,
  SdkComponent,
} from '@temporalio/common';
import type { ActivityInterceptorsFactory, Worker } from '@temporalio/worker';
import type { Clock } from '@worker-auth/internal';

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

/**
 * What an activity came to, by the rules of Temporal's worker; `undefined` for one that somebody else completes.
 *
 * @throws when what was thrown cannot be read
 */
export function resultOf(
  settled: PromiseSettledResult<unknown>,
  { cancellationSignal, cancellationDetails: why }: ActivityContext,
): ActivityResult | undefined {
  if (settled.status === 'fulfilled') return { kind: 'completed', value: settled.value };
  const error: unknown = settled.reason;
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

/** Temporal has the result of an activity, which ended so. */
export type ResultTrace = (result: ActivityResult, context: ActivityContext, durationMs: number) => void;

/**
 * What Temporal's worker says of a result in metrics and in the log. It says nothing of one that it does not report itself, so it is said here, by
 * the same names and with the same labels: dashboards and alerts show what they showed.
 */
export async function resultTrace(
  { namespace, taskQueue }: Worker['options'],
  clock: Clock,
): Promise<ResultTrace> {
  // Programs without workers load no native code.
  const { Runtime } = await import('@temporalio/worker');
  const { metricMeter, options } = Runtime.instance();
  const { telemetry, metricsExporter } = options.runtimeOptions;
  const { metricPrefix: prefix, attachServiceName } = telemetry;
  const isInSeconds = metricsExporter?.useSecondsForDurations === true;
  const failed = metricMeter.createCounter(
    `${prefix}activity_execution_failed`,
    '',
    'Count of activity task execution failures',
  );
  const latency = metricMeter.createHistogram(
    `${prefix}activity_succeed_endtoend_latency`,
    isInSeconds ? 'float' : 'int',
    isInSeconds ? 'seconds' : 'milliseconds',
    'Histogram of activity execution latencies for successful activities',
  );
  return (result, { info, log }, durationMs) => {
    const labels = {
      ...(attachServiceName && { service_name: 'temporal-core-sdk' }),
      ...{ namespace, task_queue: taskQueue },
      ...{ activity_type: info.activityType, workflow_type: info.workflowType ?? '' },
    };
    if (result.kind === 'completed') {
      const ms = Math.max(0, clock.wallNow() - info.scheduledTimestampMs);
      latency.record(isInSeconds ? ms / 1_000 : Math.round(ms), labels);
    }
    if (result.kind !== 'failed' || result.because === 'shutdown') return;
    const { error, because, thrown } = result;
    const isBenign =
      error instanceof ApplicationFailure && error.category === ApplicationFailureCategory.BENIGN;
    if (!isBenign) failed.add(1, { ...labels, failure_reason: 'ActivityError' });
    if (because === 'cancellation') return;
    const meta = { error: thrown, durationMs: Math.floor(durationMs), sdkComponent: SdkComponent.worker };
    log[isBenign ? 'debug' : 'warn']('Activity failed', meta);
  };
}
