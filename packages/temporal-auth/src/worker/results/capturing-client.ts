import { AsyncCompletionClient, type ConnectionLike } from '@temporalio/client';
import type {
  StorageDriverActivityInfo,
  StorageDriverTargetInfo,
  StorageDriverWorkflowInfo,
} from '@temporalio/common';
import type { NativeConnection, Worker } from '@temporalio/worker';
import type { ActivityContext } from './activity-result.ts';

/** The calls that a worker makes. */
export type WorkflowService = NativeConnection['workflowService'];

type RequestOf<
  K extends 'respondActivityTaskCompleted' | 'respondActivityTaskFailed' | 'recordActivityTaskHeartbeat',
> = Parameters<WorkflowService[K]>[0];

/** The request of any method. */
export type CapturedRequest = RequestOf<'respondActivityTaskCompleted'> &
  RequestOf<'respondActivityTaskFailed'> &
  RequestOf<'recordActivityTaskHeartbeat'>;

/** Temporal's client for the result of one activity, which keeps each request in place of sending it. */
export class CapturingClient extends AsyncCompletionClient {
  /** The last argument of each method. */
  readonly context;
  readonly #info: ActivityContext['info'];
  readonly #captured: { request: CapturedRequest };

  constructor(
    {
      dataConverter,
      identity,
      namespace,
    }: Pick<Worker['options'], 'dataConverter' | 'identity' | 'namespace'>,
    info: ActivityContext['info'],
  ) {
    const captured = { request: {} };
    const capture = (request: CapturedRequest): Promise<object> => {
      captured.request = request;
      return Promise.resolve({});
    };
    const workflowService = {
      respondActivityTaskCompleted: capture,
      respondActivityTaskFailed: capture,
      recordActivityTaskHeartbeat: capture,
    };
    const connection = { workflowService } as unknown as ConnectionLike;
    super({ ...(dataConverter && { dataConverter }), identity, namespace, connection });
    this.#captured = captured;
    this.#info = info;
    const { activityId, workflowExecution } = info;
    const workflow = workflowExecution && { workflowId: workflowExecution.workflowId };
    const activity = { type: 'activity' as const, namespace, activityId, isLocal: false };
    this.context = { serializationContext: { ...activity, ...workflow } };
  }

  /** The one that was made last. */
  get request(): CapturedRequest {
    return this.#captured.request;
  }

  /** Where external storage puts a payload: the same place as for the worker. Older SDKs have none, and do not ask. */
  override storageTargetFor(): StorageDriverTargetInfo {
    const { namespace, inWorkflow, activityId, activityType, workflowType, ...info } = this.#info;
    if (!inWorkflow) {
      const target = {
        kind: 'activity',
        namespace,
        id: activityId,
        type: activityType,
        runId: info.activityRunId,
      };
      return target as StorageDriverActivityInfo;
    }
    const { workflowId: id, runId } = info.workflowExecution ?? {};
    return { kind: 'workflow', namespace, id, type: workflowType, runId } as StorageDriverWorkflowInfo;
  }
}
