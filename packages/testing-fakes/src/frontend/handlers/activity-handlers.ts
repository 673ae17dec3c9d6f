import type { ActivityAttempt } from '../executions/activity.ts';
import type { Execution } from '../executions/execution.ts';
import type { Namespaces } from '../namespaces.ts';
import type { Handlers, RequestOf } from '../protocol/plain.ts';
import { notFound, queueName } from '../protocol/rpc-error.ts';
import { nextTask, pollerOf } from './workflow-task-handlers.ts';

/** Which activity a call is about. */
interface Place {
  readonly run: Execution;
  readonly attempt: ActivityAttempt;
}

interface ById {
  readonly namespace?: string | null;
  readonly workflowId?: string | null;
  readonly runId?: string | null;
  readonly activityId?: string | null;
}

/** What a worker of activities calls, and who ends an activity from elsewhere. */
export function activityHandlers(namespaces: Namespaces): Handlers {
  const byToken = ({ taskToken }: { readonly taskToken?: Uint8Array | null }): Place => {
    const { namespace, token } = namespaces.ofToken(taskToken);
    const run = namespace.find(token.workflowId, token.runId);
    if (run === undefined || token.scheduledEventId === undefined) {
      throw notFound('invalid activityID or activity already timed out or invoking workflow is completed');
    }
    return { run, attempt: { scheduledEventId: token.scheduledEventId, attempt: token.attempt } };
  };
  const byId = ({ namespace, workflowId, runId, activityId }: ById): Place => {
    const run = namespaces.get(namespace).get(workflowId ?? '', runId);
    return { run, attempt: run.activities.attemptOf(activityId ?? '') };
  };
  return {
    pollActivityTaskQueue: async (request, signal) => {
      const queue = namespaces.get(request.namespace).activityQueue(queueName(request.taskQueue));
      return (await nextTask(queue, pollerOf(request), signal)) ?? {};
    },
    respondActivityTaskCompleted: (request) => complete(byToken(request), request),
    respondActivityTaskCompletedById: (request) => complete(byId(request), request),
    respondActivityTaskFailed: (request) => fail(byToken(request), request),
    respondActivityTaskFailedById: (request) => fail(byId(request), request),
    respondActivityTaskCanceled: (request) => cancel(byToken(request), request),
    respondActivityTaskCanceledById: (request) => cancel(byId(request), request),
    recordActivityTaskHeartbeat: (request) => heartbeat(byToken(request), request),
    recordActivityTaskHeartbeatById: (request) => heartbeat(byId(request), request),
  };
}

function complete(
  { run, attempt }: Place,
  { result, identity }: RequestOf<'respondActivityTaskCompletedById'>,
) {
  run.activities.complete(attempt, result, identity ?? '');
  return {};
}

function fail({ run, attempt }: Place, request: RequestOf<'respondActivityTaskFailedById'>) {
  const { failure, lastHeartbeatDetails, identity } = request;
  run.activities.fail(attempt, failure ?? {}, lastHeartbeatDetails, identity ?? '');
  return {};
}

function cancel(
  { run, attempt }: Place,
  { details, identity }: RequestOf<'respondActivityTaskCanceledById'>,
) {
  run.activities.cancelled(attempt, details, identity ?? '');
  return {};
}

function heartbeat({ run, attempt }: Place, { details }: RequestOf<'recordActivityTaskHeartbeatById'>) {
  return { cancelRequested: run.activities.heartbeat(attempt, details) };
}
