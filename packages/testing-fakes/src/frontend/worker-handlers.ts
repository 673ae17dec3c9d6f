import type { ActivityAttempt } from './activity.ts';
import type { Execution } from './execution.ts';
import type { Handlers } from './messages.ts';
import type { Namespaces } from './namespaces.ts';
import { invalidArgument, notFound, queueName, type TaskToken } from './rpc-error.ts';
import { nextTask, type Poller } from './task-queue.ts';

const noActivity = 'invalid activityID or activity already timed out or invoking workflow is completed';

interface HasToken {
  readonly taskToken?: Uint8Array | null;
}

/** What a worker calls: polls, and what became of the tasks. */
export function workerHandlers(namespaces: Namespaces): Handlers {
  const runOf = ({ taskToken }: HasToken, lack: string): { run: Execution; token: TaskToken } => {
    const { namespace, token } = namespaces.ofToken(taskToken);
    const run = namespace.find(token.workflowId, token.runId);
    if (run === undefined) throw notFound(lack);
    return { run, token };
  };
  const taskOf = (request: HasToken): { run: Execution; startedEventId: number } => {
    const { run, token } = runOf(request, 'Workflow task not found.');
    return { run, startedEventId: token.startedEventId ?? 0 };
  };
  const activityOf = (request: HasToken): { run: Execution; attempt: ActivityAttempt } => {
    const { run, token } = runOf(request, noActivity);
    const { scheduledEventId, attempt } = token;
    if (scheduledEventId === undefined) throw notFound(noActivity);
    return { run, attempt: { scheduledEventId, attempt } };
  };
  return {
    pollWorkflowTaskQueue: async (request, signal) => {
      const queue = namespaces.get(request.namespace).workflowQueue(queueName(request.taskQueue));
      return (await nextTask(queue, pollerOf(request), signal)) ?? {};
    },
    respondWorkflowTaskCompleted: (request) => {
      const { identity, sdkMetadata, binaryChecksum, commands, forceCreateNewWorkflowTask } = request;
      const { run, startedEventId } = taskOf(request);
      run.completeTask(startedEventId, { identity, sdkMetadata, binaryChecksum }, commands ?? []);
      if (forceCreateNewWorkflowTask === true) run.wake();
      return {};
    },
    respondWorkflowTaskFailed: (request) => {
      const { run, startedEventId } = taskOf(request);
      const { cause, failure, identity } = request;
      run.failTask(
        startedEventId,
        cause ?? 'WORKFLOW_TASK_FAILED_CAUSE_UNSPECIFIED',
        failure,
        identity ?? '',
      );
      return {};
    },
    pollActivityTaskQueue: async (request, signal) => {
      const queue = namespaces.get(request.namespace).activityQueue(queueName(request.taskQueue));
      return (await nextTask(queue, pollerOf(request), signal)) ?? {};
    },
    respondActivityTaskCompleted: (request) => {
      const { run, attempt } = activityOf(request);
      run.activities.complete(attempt, request.result, request.identity ?? '');
      return {};
    },
    respondActivityTaskFailed: (request) => {
      const { run, attempt } = activityOf(request);
      const { failure, lastHeartbeatDetails, identity } = request;
      run.activities.fail(attempt, failure ?? {}, lastHeartbeatDetails, identity ?? '');
      return {};
    },
    respondActivityTaskCanceled: () => {
      throw invalidArgument('unable to cancel activity: its cancellation was not requested');
    },
    recordActivityTaskHeartbeat: (request) => {
      const { run, attempt } = activityOf(request);
      run.activities.heartbeat(attempt, request.details);
      return {};
    },
  };
}

function pollerOf(request: {
  readonly identity?: string | null;
  readonly workerInstanceKey?: string | null;
}): Poller {
  return { identity: request.identity ?? '', workerInstanceKey: request.workerInstanceKey ?? '' };
}
