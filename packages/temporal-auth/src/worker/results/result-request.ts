import { ActivityCompletionError } from '@temporalio/client';
import { ensureApplicationFailure, type PayloadTypeInfo } from '@temporalio/common';
import type { Worker } from '@temporalio/worker';
import type { ActivityContext, ActivityResult } from './activity-result.ts';
import { type CapturedRequest, CapturingClient, type WorkflowService } from './capturing-client.ts';

/** A call that is ready, and can be made any number of times. */
export type ReadyCall = (service: WorkflowService) => Promise<unknown>;

/** The options of a worker that decide how a result is reported. */
export interface ReportingOptions extends Pick<
  Worker['options'],
  'dataConverter' | 'identity' | 'namespace' | 'activities' | 'workerDeploymentOptions'
> {
  /** Of its code, where it is no deployment. */
  readonly buildId?: string | undefined;
  readonly useVersioning?: boolean | undefined;
}

/** `temporal.api.enums.v1.WorkerVersioningMode`. */
const versioningMode = { unversioned: 1, versioned: 2 } as const;

/** Makes the calls that report one activity, as the worker of Temporal's SDK makes them, with its data converter. */
export class ResultRequest {
  readonly #options: ReportingOptions;
  readonly #info: ActivityContext['info'];
  readonly #client: CapturingClient;

  constructor(options: ReportingOptions, info: ActivityContext['info']) {
    this.#options = options;
    this.#info = info;
    this.#client = new CapturingClient(options, info);
  }

  /**
   * A value that cannot be converted is a failure of the activity, as in a worker.
   *
   * @param heartbeats the details of the last heartbeat, if there was one
   * @throws what the data converter throws for a failure, or what external storage made of a value
   */
  async result(result: ActivityResult, heartbeats: readonly unknown[]): Promise<ReadyCall> {
    switch (result.kind) {
      case 'completed':
        try {
          return await this.#completed(result.value);
        } catch (error) {
          if (error instanceof ActivityCompletionError) throw error;
          return this.#failed(ensureApplicationFailure(error), heartbeats);
        }
      case 'failed':
        return this.#failed(result.error, heartbeats);
      case 'cancelled':
        return this.#cancelled(result.error);
    }
  }

  /** @throws what the data converter throws */
  async heartbeat(details: unknown): Promise<ReadyCall> {
    const request = await this.#heartbeat(details);
    return (service) => service.recordActivityTaskHeartbeat(request);
  }

  async #completed(value: unknown): Promise<ReadyCall> {
    const { taskToken, activityType } = this.#info;
    const { activities } = this.#options;
    const { typeInfo } = definitionOf(activities.get(activityType) ?? activities.get('default'));
    const typed = typeInfo && { typeInfo };
    await this.#client.complete(taskToken, value, { ...this.#client.context, ...typed });
    const request = this.#stamped(this.#client.request);
    return (service) => service.respondActivityTaskCompleted(request);
  }

  async #failed(error: Error, heartbeats: readonly unknown[]): Promise<ReadyCall> {
    const last =
      heartbeats.length === 0 ? undefined : await this.#heartbeat(heartbeats[0]).catch(() => undefined);
    await this.#client.fail(this.#info.taskToken, error, this.#client.context);
    const request = { ...this.#stamped(this.#client.request), lastHeartbeatDetails: last?.details ?? null };
    return (service) => service.respondActivityTaskFailed(request);
  }

  /** Temporal's client takes one detail of a cancellation, a worker reports all that its error has. */
  async #cancelled(error: Error | undefined): Promise<ReadyCall> {
    const { taskToken } = this.#info;
    const { identity, namespace } = this.#options;
    if (error !== undefined) await this.#client.fail(taskToken, error, this.#client.context);
    const details = this.#client.request.failure?.canceledFailureInfo?.details ?? null;
    const request = this.#stamped({ taskToken, identity, namespace, details });
    return (service) => service.respondActivityTaskCanceled(request);
  }

  async #heartbeat(details: unknown): Promise<CapturedRequest> {
    await this.#client.heartbeat(this.#info.taskToken, details, this.#client.context);
    return this.#client.request;
  }

  /** With the version of the worker, which Temporal's Core adds to each result. */
  #stamped<R extends object>(request: R): R {
    const { buildId, useVersioning, workerDeploymentOptions: deployment } = this.#options;
    if (deployment === undefined)
      return { ...request, workerVersion: { buildId: buildId ?? '', useVersioning: useVersioning === true } };
    const { useWorkerVersioning, version } = deployment;
    const workerVersioningMode = versioningMode[useWorkerVersioning ? 'versioned' : 'unversioned'];
    return {
      ...request,
      workerVersion: { buildId: version.buildId, useVersioning: false },
      deploymentOptions: { ...version, workerVersioningMode },
    };
  }
}

/** What an activity was defined with, in SDKs that know of it. */
function definitionOf(activity: unknown): { readonly typeInfo?: PayloadTypeInfo } {
  const defined = activity as { activityDefinitionOptions?: { typeInfo?: PayloadTypeInfo } } | undefined;
  return defined?.activityDefinitionOptions ?? {};
}
