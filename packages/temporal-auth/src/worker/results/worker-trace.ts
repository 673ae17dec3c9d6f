import { ApplicationFailure, ApplicationFailureCategory, SdkComponent } from '@temporalio/common';
import type { Runtime, Worker } from '@temporalio/worker';
import type { Clock } from '@worker-auth/internal';
import type { ActivityContext, ActivityResult } from './activity-result.ts';

/** What is needed of Temporal's Runtime. */
export type WorkerRuntime = Pick<Runtime, 'metricMeter' | 'options'>;

/** The reason that Core gives for each failure of an activity. */
const failureReason = 'ActivityError';

/** Temporal has the result of an activity, which ended so. */
export type ResultTrace = (
  result: ActivityResult,
  context: Pick<ActivityContext, 'info' | 'log'>,
  durationMs: number,
) => void;

/**
 * What Temporal's worker says of a result in metrics and in the log. It says nothing of one that it does not report itself, so it is said here, by
 * the same names and with the same labels: dashboards and alerts show what they showed.
 */
export async function resultTrace(
  { namespace, taskQueue }: Pick<Worker['options'], 'namespace' | 'taskQueue'>,
  clock: Clock,
  runtime?: () => WorkerRuntime,
): Promise<ResultTrace> {
  // Programs without workers load no native code.
  const { Runtime } = await import('@temporalio/worker');
  const { metricMeter, options } = runtime?.() ?? Runtime.instance();
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
    if (!isBenign) failed.add(1, { ...labels, failure_reason: failureReason });
    if (because === 'cancellation') return;
    const meta = { error: thrown, durationMs: Math.floor(durationMs), sdkComponent: SdkComponent.worker };
    log[isBenign ? 'debug' : 'warn']('Activity failed', meta);
  };
}
