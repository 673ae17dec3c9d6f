import { ActivityCompletionError, AsyncCompletionClient, type ConnectionLike } from '@temporalio/client';
import {
  ApplicationFailure,
  CancelledFailure,
  CompleteAsyncError,
  ensureApplicationFailure,
  type PayloadTypeInfo,
  type StorageDriverTargetInfo,
} from '@temporalio/common';
import type { NativeConnection, Worker } from '@temporalio/worker';
import { type Clock, withDeadline } from '@worker-auth/internal';
import type { ReadyCall } from '@worker-auth/calls/delivery/task-calls';
import { copied } from '@worker-auth/calls/settings/copied';
import {
  type ActivityContext,
  type ActivityHeartbeats,
  isUnconvertible,
  notConverted,
} from './heartbeat-details.ts';
import { detailsOf, sizeOf, withOwnBytes } from './payloads.ts';
import { withoutOwnFrames } from './stack-traces.ts';

/** How long the conversion of a last heartbeat is waited for, in ms: as long as Core waits for an answer. */
const convertMs = 30_000;

/** In the words of Temporal's Core, which reports such a cancellation as a failure: the server retries that at once. */
const shutDown = 'Worker is shutting down and this activity did not complete in time';

/** An activity, with what it was defined with. */
interface Defined {
  readonly activityDefinitionOptions?: { readonly typeInfo?: PayloadTypeInfo };
}

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

export type WorkflowService = NativeConnection['workflowService'];

/** Reports something of an activity. */
export type ReportCall = ReadyCall<WorkflowService>;

type CapturedRequest = Parameters<WorkflowService['respondActivityTaskFailed']>[0] &
  Pick<Parameters<WorkflowService['respondActivityTaskCompleted']>[0], 'result'>;

/** By the rules of Temporal's worker; `undefined` for an activity that somebody else completes. Throws when what was thrown cannot be read. */
export function resultOf(
  settled: PromiseSettledResult<unknown>,
  { cancellationSignal, cancellationDetails: why }: ActivityContext,
): ActivityResult | undefined {
  if (settled.status === 'fulfilled') return { kind: 'completed', value: settled.value };
  const error: unknown = settled.reason;
  if (error instanceof CompleteAsyncError) return undefined;
  if (cancellationSignal.aborted) {
    if (isUnconvertible(cancellationSignal)) return failure('cancellation', notConverted, 'CancelledFailure');
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

/** Temporal's own client, which keeps the last request in place of sending it. */
export class CapturingClient extends AsyncCompletionClient {
  captured: CapturedRequest = {};
  info: Partial<ActivityContext['info']> = {};
  readonly version: object;

  constructor(worker: Worker['options']) {
    const { dataConverter, identity, namespace } = worker;
    const connection = {} as ConnectionLike;
    super({ ...(dataConverter && { dataConverter }), identity, namespace, connection });
    this.version = versionOf(worker);
  }

  /** One for an activity. To construct one costs much more. */
  of(info: ActivityContext['info']): CapturingClient {
    const client = Object.create(this) as CapturingClient;
    client.info = info;
    return client;
  }

  override get workflowService(): WorkflowService {
    const capture = (captured: CapturedRequest): Promise<object> => {
      this.captured = captured;
      return Promise.resolve({});
    };
    const methods = { respondActivityTaskCompleted: capture, respondActivityTaskFailed: capture };
    // eslint-disable-next-line house/syntax -- it calls these methods, and no others
    return methods as unknown as WorkflowService;
  }

  /** Where external storage puts a payload: the same place as for the worker. Older SDKs have none, and do not ask. */
  override storageTargetFor(): StorageDriverTargetInfo {
    const { namespace, inWorkflow, activityId, activityType, workflowType, ...info } = this.info;
    const { workflowId, runId } = info.workflowExecution ?? {};
    const target = inWorkflow
      ? { kind: 'workflow', namespace, id: workflowId, type: workflowType, runId }
      : { kind: 'activity', namespace, id: activityId, type: activityType, runId: info.activityRunId };
    return target as StorageDriverTargetInfo;
  }
}

/** Makes the calls that report one activity as the worker makes them. */
export class ResultRequest {
  readonly heartbeats: ActivityHeartbeats;
  readonly #info: ActivityContext['info'];
  readonly #client: CapturingClient;
  readonly #worker: Worker['options'];
  readonly #clock: Clock;

  constructor(
    client: CapturingClient,
    worker: Worker['options'],
    heartbeats: ActivityHeartbeats,
    clock: Clock,
  ) {
    this.heartbeats = heartbeats;
    this.#info = heartbeats.info;
    this.#client = client.of(heartbeats.info);
    this.#worker = worker;
    this.#clock = clock;
  }

  /** Of the value or the failure that was converted last, as Temporal counts it or a little more, as everything in it is framed. */
  get bytes(): number {
    const { result, failure } = this.#client.captured;
    if (failure != null) return sizeOf(failure);
    let bytes = 0;
    for (const { data, metadata } of result?.payloads ?? []) {
      bytes += 64 + (data?.length ?? 0);
      for (const key in metadata) bytes += 16 + key.length + (metadata[key]?.length ?? 0);
    }
    return bytes;
  }

  /** A value that cannot be converted is a failure of the activity, as in a worker; a failure that cannot be is thrown. */
  async resultCall(result: ActivityResult): Promise<ReportCall> {
    if (result.kind === 'cancelled') return this.#cancelled(result.error);
    if (result.kind === 'failed') return this.#failed(result.error);
    const { taskToken, activityType } = this.#info;
    const { activities } = this.#worker;
    const activity = activities.get(activityType) ?? activities.get('default');
    // In SDKs that know of it.
    const typeInfo = (activity as Defined | undefined)?.activityDefinitionOptions?.typeInfo;
    try {
      await this.#client.complete(
        taskToken,
        result.value,
        typeInfo ? { ...this.#context, typeInfo } : this.#context,
      );
    } catch (error) {
      if (error instanceof ActivityCompletionError) throw error;
      return this.#failed(ensureApplicationFailure(error));
    }
    const { captured, version } = this.#client;
    const payloads = detailsOf(captured.result?.payloads?.map(withOwnBytes) ?? []);
    const request = { ...captured, ...version, result: payloads };
    return (service) => service.respondActivityTaskCompleted(request);
  }

  heartbeatCall(): ReportCall {
    const { taskToken } = this.#info;
    const { identity, namespace } = this.#worker;
    const request = { taskToken, identity, namespace, details: detailsOf(this.heartbeats.newest) };
    return (service) => service.recordActivityTaskHeartbeat(request);
  }

  async #failed(error: Error): Promise<ReportCall> {
    await this.#client.fail(this.#info.taskToken, error, this.#context);
    const { failure, ...captured } = this.#client.captured;
    const failed = copied({ ...captured, failure: failure ? withoutOwnFrames(failure) : null });
    const converting = this.heartbeats.allConverted;
    // As in a worker, which converts the last one before it reports a failure.
    if (converting !== undefined) {
      const timeoutError = (): Error => new Error('The details of the last heartbeat are not converted');
      const bounds = { clock: this.#clock, timeoutMs: convertMs, timeoutError };
      await withDeadline(() => converting, bounds).catch(() => undefined);
    }
    const lastHeartbeatDetails = detailsOf(this.heartbeats.own ?? []);
    const request = { ...failed, ...this.#client.version, lastHeartbeatDetails };
    return (service) => service.respondActivityTaskFailed(request);
  }

  /** Temporal's client takes one detail of a cancellation, a worker reports all that its error has. */
  async #cancelled(error: Error | undefined): Promise<ReportCall> {
    const { taskToken } = this.#info;
    const { identity, namespace } = this.#worker;
    if (error !== undefined) await this.#client.fail(taskToken, error, this.#context);
    const { captured, version } = this.#client;
    const details = copied(captured.failure?.canceledFailureInfo?.details ?? null);
    const request = { taskToken, identity, namespace, details, ...version };
    return (service) => service.respondActivityTaskCanceled(request);
  }

  /** The last argument of each method of Temporal's client. */
  get #context() {
    const { activityId, workflowExecution } = this.#info;
    const { namespace } = this.#worker;
    const activity = { type: 'activity' as const, namespace, activityId, isLocal: false };
    const workflow = workflowExecution && { ...activity, workflowId: workflowExecution.workflowId };
    return { serializationContext: workflow ?? activity };
  }
}

/** The version of the worker, which Temporal's Core adds to each result. */
function versionOf(worker: Worker['options']): object {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- workers are still versioned in this way
  const { workerDeploymentOptions: deployment, buildId, useVersioning } = worker;
  if (deployment === undefined) return { workerVersion: { buildId, useVersioning } };
  const { useWorkerVersioning, version } = deployment;
  // `temporal.api.enums.v1.WorkerVersioningMode`: UNVERSIONED and VERSIONED.
  const deploymentOptions = { ...version, workerVersioningMode: useWorkerVersioning ? 2 : 1 };
  return { workerVersion: { buildId: version.buildId, useVersioning: false }, deploymentOptions };
}

function failure(because: 'cancellation' | 'shutdown', message: string, type: string): ActivityResult {
  return { kind: 'failed', error: ApplicationFailure.retryable(message, type), because };
}
