import type { ActivityAttempt } from '../executions/activity.ts';
import type { Execution } from '../executions/execution.ts';
import type { Namespaces } from '../namespaces.ts';
import type { Handlers } from '../protocol/plain.ts';
import { invalidArgument, notFound, queueName } from '../protocol/rpc-error.ts';
import { nextTask, pollerOf } from './workflow-task-handlers.ts';

/** Which activity a call is about. */
interface Place {
  readonly run: Execution;
  readonly attempt: ActivityAttempt;
}

/** What a worker of activities calls. */
export function activityHandlers(namespaces: Namespaces): Handlers {
  const byToken = ({ taskToken }: { readonly taskToken?: Uint8Array | null }): Place => {
    const { namespace, token } = namespaces.ofToken(taskToken);
    const run = namespace.find(token.workflowId, token.runId);
    if (run === undefined || token.scheduledEventId === undefined) {
      throw notFound('invalid activityID or activity already timed out or invoking workflow is completed');
    }
    return { run, attempt: { scheduledEventId: token.scheduledEventId, attempt: token.attempt } };
  };
  return {
    pollActivityTaskQueue: async (request, signal) => {
      const queue = namespaces.get(request.namespace).activityQueue(queueName(request.taskQueue));
      return (await nextTask(queue, pollerOf(request), signal)) ?? {};
    },
    respondActivityTaskCompleted: (request) => {
      const { run, attempt } = byToken(request);
      run.activities.complete(attempt, request.result, request.identity ?? '');
      return {};
    },
    respondActivityTaskFailed: (request) => {
      const { run, attempt } = byToken(request);
      const { failure, lastHeartbeatDetails, identity } = request;
      run.activities.fail(attempt, failure ?? {}, lastHeartbeatDetails, identity ?? '');
      return {};
    },
    respondActivityTaskCanceled: () => {
      throw invalidArgument('unable to cancel activity: its cancellation was not requested');
    },
    recordActivityTaskHeartbeat: (request) => {
      const { run, attempt } = byToken(request);
      run.activities.heartbeat(attempt, request.details);
      return {};
    },
  };
}
