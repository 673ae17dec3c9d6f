import { ApplicationFailure, ApplicationFailureCategory, SdkComponent } from '@temporalio/common';
import type { Runtime, Worker } from '@temporalio/worker';
import type { Clock } from '@worker-auth/internal';
import type { ActivityContext, ActivityResult } from './activity-result.ts';

/** What is needed of Temporal's Runtime. */
export type WorkerRuntime = Pick<Runtime, 'metricMeter' | 'options'>;

type Meter = Runtime['metricMeter'];

/** The reason that Core gives for each failure of an activity. */
const failureReason = 'ActivityError';

/**
 * What Temporal's worker says of a result in metrics and in the log. It says nothing of one that it does not report itself, so it is said here, by
 * the same names and with the same labels: dashboards and alerts show what they showed.
 */
export class WorkerTrace {
  readonly #failed: ReturnType<Meter['createCounter']>;
  readonly #latency: ReturnType<Meter['createHistogram']>;
  readonly #isInSeconds: boolean;
  readonly #labels: Record<string, string>;
  readonly #clock: Clock;

  constructor(
    { namespace, taskQueue }: Pick<Worker['options'], 'namespace' | 'taskQueue'>,
    { metricMeter, options }: WorkerRuntime,
    clock: Clock,
  ) {
    const { telemetry, metricsExporter } = options.runtimeOptions;
    this.#clock = clock;
    this.#isInSeconds = metricsExporter?.useSecondsForDurations === true;
    this.#labels = {
      ...(telemetry.attachServiceName && { service_name: 'temporal-core-sdk' }),
      namespace,
      task_queue: taskQueue,
    };
    this.#failed = metricMeter.createCounter(
      `${telemetry.metricPrefix}activity_execution_failed`,
      '',
      'Count of activity task execution failures',
    );
    this.#latency = metricMeter.createHistogram(
      `${telemetry.metricPrefix}activity_succeed_endtoend_latency`,
      this.#isInSeconds ? 'float' : 'int',
      this.#isInSeconds ? 'seconds' : 'milliseconds',
      'Histogram of activity execution latencies for successful activities',
    );
  }

  /** Temporal has the result of an activity, which ended so. */
  reported(
    settled: PromiseSettledResult<unknown>,
    result: ActivityResult,
    { info, log }: Pick<ActivityContext, 'info' | 'log'>,
    durationMs: number,
  ): void {
    const labels = {
      ...this.#labels,
      activity_type: info.activityType,
      workflow_type: info.workflowType ?? '',
    };
    if (result.kind === 'completed') {
      const ms = Math.max(0, this.#clock.wallNow() - info.scheduledTimestampMs);
      this.#latency.record(this.#isInSeconds ? ms / 1_000 : Math.round(ms), labels);
      return;
    }
    if (result.kind === 'cancelled' || result.because === 'shutdown') return;
    const isBenign =
      result.error instanceof ApplicationFailure &&
      result.error.category === ApplicationFailureCategory.BENIGN;
    if (!isBenign) this.#failed.add(1, { ...labels, failure_reason: failureReason });
    if (result.because === 'cancellation') return;
    const error: unknown = settled.status === 'rejected' ? settled.reason : undefined;
    const meta = { error, durationMs: Math.floor(durationMs), sdkComponent: SdkComponent.worker };
    log[isBenign ? 'debug' : 'warn']('Activity failed', meta);
  }
}
