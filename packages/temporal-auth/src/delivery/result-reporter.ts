import {
  ApplicationFailure,
  ApplicationFailureCategory,
  CompleteAsyncError,
  SdkComponent,
} from '@temporalio/common';
import type {
  ActivityInboundCallsInterceptor,
  ActivityInterceptorsFactory,
  Worker,
} from '@temporalio/worker';
import { callSafely, type Clock, handled } from '@worker-auth/internal';
import { importWorker } from '@worker-auth/calls/settings/peers';
import { ValueLimit } from './value-limit.ts';
import type { PluginSettings } from '../settings/plugin-settings.ts';
import type { Ending } from '@worker-auth/calls/delivery/delivery-log';
import { type ActivityContext, HeartbeatDetails } from './heartbeat-details.ts';
import { type PendingResult, PendingSlots } from './pending-slots.ts';
import {
  type ActivityResult,
  CapturingClient,
  type ReportCall,
  type WorkflowService,
  resultOf,
  ResultRequest,
} from './result-request.ts';
import { limitOf, type ResultSender } from '@worker-auth/calls/delivery/result-sender';

/** Says to the worker that Core is to report nothing. One for all, as the worker formats the stack of each. */
const isReportedHere = new CompleteAsyncError();

/** After these Core has nothing to report: Temporal has the result, or Core would try it again, in vain. */
const ofSender = new Set<Ending>(['delivered', 'gone', 'shutdown', 'neverAccepted']);

/** An activity that has ended. */
interface EndedActivity {
  readonly result: ActivityResult;
  readonly context: ActivityContext;
  /** Of one that failed. */
  readonly durationMs: number | undefined;
}

/**
 * Reports the result of each activity of a worker by a call of its own, again and again until Temporal says what becomes of its task;
 * Temporal's Core drops a result that is rejected. Core reports the results of local activities, which are part of their workflow task, and each
 * one that cannot be converted, or that Temporal calls invalid. Results that wait keep a share of the worker's slots; the others wait without.
 */
export class ResultReporter {
  readonly #worker: Worker['options'];
  readonly #clock: Clock;
  readonly #sender: ResultSender<WorkflowService>;
  readonly #limit: ValueLimit;
  readonly #client: CapturingClient;
  readonly #heartbeats: HeartbeatDetails;
  readonly #pendingShare: number;
  /** Made with the first result that is pending. */
  #slots: PendingSlots | undefined;
  /** Made with the first result. */
  #trace: Awaited<ReturnType<typeof resultTrace>> | undefined;
  /** Until when results are sent: its worker is shut down. */
  #endMs = Infinity;
  #running = 0;
  #idle = Promise.withResolvers<undefined>();

  constructor(
    sender: ResultSender<WorkflowService>,
    worker: Worker,
    { clock, pendingResultsShare }: Pick<PluginSettings, 'clock' | 'pendingResultsShare'>,
  ) {
    this.#worker = worker.options;
    this.#clock = clock;
    this.#pendingShare = pendingResultsShare;
    this.#sender = sender;
    this.#limit = new ValueLimit(worker.options.namespace, clock);
    this.#client = new CapturingClient(worker.options);
    this.#heartbeats = new HeartbeatDetails(worker);
  }

  /** To stand before all other interceptors of activities, so that it sees what they make of a result. */
  readonly interceptor: ActivityInterceptorsFactory = (context) => {
    if (context.info.isLocal) return {};
    const heartbeats = this.#heartbeats.of(context);
    const request = new ResultRequest(this.#client, this.#worker, heartbeats, this.#clock);
    const executeAndReport: NonNullable<ActivityInboundCallsInterceptor['execute']> = async (input, next) => {
      if (this.#running++ === 0) this.#idle = Promise.withResolvers();
      const startMs = this.#clock.monotonicNow();
      let settled: PromiseSettledResult<unknown>;
      try {
        // Called here: each function between is a line more in the stack of the activity's error. Its own line goes by its name.
        settled = { status: 'fulfilled', value: await next(input) };
      } catch (reason) {
        settled = { status: 'rejected', reason };
      }
      try {
        if (await this.#isReported(settled, context, request, startMs)) throw isReportedHere;
      } finally {
        this.#heartbeats.forget(heartbeats);
        this.#leave();
      }
      if (settled.status === 'rejected') throw settled.reason;
      return settled.value;
    };
    return { inbound: { execute: executeAndReport } };
  };

  /** Resolves when no activity runs, and each result is reported; `undefined` while that is so. */
  get idle(): Promise<unknown> | undefined {
    return this.#running === 0 ? undefined : this.#idle.promise;
  }

  /** Results are sent until then, by the monotonic clock, in ms. One that comes later is sent once. */
  endAt(atMs: number): void {
    if (atMs >= this.#endMs) return;
    this.#endMs = atMs;
    this.#sender.relimit();
  }

  async #isReported(
    settled: PromiseSettledResult<unknown>,
    context: ActivityContext,
    request: ResultRequest,
    startMs: number,
  ): Promise<boolean> {
    const durationMs =
      settled.status === 'rejected' ? Math.floor(this.#clock.monotonicNow() - startMs) : undefined;
    let result: ActivityResult | undefined;
    let call: ReportCall;
    let bytes: number;
    try {
      result = resultOf(settled, context);
      if (result === undefined) return false;
      call = await request.resultCall(result);
      ({ bytes } = request);
      // Core fails an activity with a value that is too large, so that it is tried again.
      const admits = result.kind !== 'completed' || this.#limit.admits(bytes, this.#sender.calls);
      // An await less for almost each one.
      if (admits !== true && !(await admits)) return false;
    } catch {
      // What cannot be read or converted: Core's side meets the same error, and does what it does with it.
      return false;
    }
    const { activityType, activityId, workflowExecution, heartbeatTimeoutMs = 0 } = context.info;
    let pending: PendingResult | undefined;
    const sent = await this.#sender.send({
      kind: result.kind,
      call,
      bytes,
      limit: limitOf(context.info, startMs),
      endMs: () => this.#endMs,
      of: { activityType, activityId, workflowId: workflowExecution?.workflowId },
      taskQueue: this.#worker.taskQueue,
      heartbeatTimeoutMs,
      heartbeat: () => request.heartbeatCall(),
      onPending: () => {
        this.#slots ??= new PendingSlots(this.#worker, this.#pendingShare);
        pending = this.#slots.add(bytes);
        return pending.isApart;
      },
    });
    const ended = { result, context, durationMs };
    if (typeof sent === 'object') {
      this.#running++;
      const rest = sent.later.then((ending) => this.#say(ending, ended));
      const leave = (): void => {
        pending?.end();
        this.#leave();
      };
      void handled(rest.finally(leave));
      return true;
    }
    pending?.end();
    const first = this.#say(sent, ended);
    if (first !== undefined) await first;
    return ofSender.has(sent);
  }

  #leave(): void {
    if (--this.#running === 0) this.#idle.resolve(undefined);
  }

  /** Says of a result what a worker says; returns a promise for the first one alone. Temporal has it, whatever a logger or a meter does. */
  #say(ending: Ending, ended: EndedActivity): Promise<void> | undefined {
    if (ending !== 'delivered' && ending !== 'gone') return undefined;
    const trace = this.#trace;
    if (trace === undefined) return this.#sayFirst(ending, ended);
    callSafely(() => {
      trace(ending, ended);
    }, undefined);
    return undefined;
  }

  async #sayFirst(ending: Ending, ended: EndedActivity): Promise<void> {
    try {
      this.#trace ??= await resultTrace(this.#worker, this.#clock);
      this.#trace(ending, ended);
    } catch {
      // See #say.
    }
  }
}

/** What Temporal's worker says, in metrics and in the log, of each result that it reports itself: dashboards and alerts show what they showed. */
async function resultTrace({ namespace, taskQueue }: Worker['options'], clock: Clock) {
  // Programs without workers load no native code.
  const { Runtime } = await importWorker();
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
  const service = attachServiceName ? { service_name: 'temporal-core-sdk' } : undefined;
  const ofWorker = { ...service, namespace, task_queue: taskQueue };
  return (ending: Ending, { result, context, durationMs }: EndedActivity): void => {
    const { info } = context;
    const { activityType, workflowType = '' } = info;
    const labels = { ...ofWorker, activity_type: activityType, workflow_type: workflowType };
    if (result.kind === 'completed' && ending === 'delivered') {
      const ms = Math.max(0, clock.wallNow() - info.scheduledTimestampMs);
      latency.record(isInSeconds ? ms / 1_000 : Math.round(ms), labels);
    }
    if (result.kind !== 'failed' || result.because === 'shutdown') return;
    const { error, because, thrown } = result;
    const isBenign =
      error instanceof ApplicationFailure && error.category === ApplicationFailureCategory.BENIGN;
    if (!isBenign) failed.add(1, { ...labels, failure_reason: 'ActivityError' });
    if (because === 'cancellation') return;
    const meta = { error: thrown, durationMs, sdkComponent: SdkComponent.worker };
    context.log[isBenign ? 'debug' : 'warn']('Activity failed', meta);
  };
}
