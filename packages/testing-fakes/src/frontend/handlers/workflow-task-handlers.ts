import { applyCommands, checkCommands, closesRun } from '../executions/commands.ts';
import type { Execution } from '../executions/execution.ts';
import type { TaskQueue, Poller } from '../matching/task-queue.ts';
import type { Namespaces } from '../namespaces.ts';
import type { Handlers, RequestOf } from '../protocol/plain.ts';
import { invalidArgument, notFound, queueName } from '../protocol/rpc-error.ts';

/** What a worker of workflows calls. */
export function workflowTaskHandlers(namespaces: Namespaces): Handlers {
  const runOf = (bytes: Uint8Array | null | undefined): { run: Execution; startedEventId: number } => {
    const { namespace, token } = namespaces.ofToken(bytes);
    const run = namespace.find(token.workflowId, token.runId);
    if (run === undefined) throw notFound('Workflow task not found.');
    return { run, startedEventId: token.startedEventId ?? 0 };
  };
  return {
    pollWorkflowTaskQueue: async (request, signal) => {
      const queue = namespaces.get(request.namespace).workflowQueue(queueName(request.taskQueue));
      return (await nextTask(queue, pollerOf(request), signal)) ?? {};
    },
    respondWorkflowTaskCompleted: (request) => {
      const { run, startedEventId } = runOf(request.taskToken);
      run.workflowTasks.check(startedEventId);
      completeWorkflowTask(run, request);
      return {};
    },
    respondWorkflowTaskFailed: ({ taskToken, cause, failure, identity }) => {
      const { run, startedEventId } = runOf(taskToken);
      run.workflowTasks.check(startedEventId);
      run.workflowTasks.fail(cause ?? 'WORKFLOW_TASK_FAILED_CAUSE_UNSPECIFIED', failure, identity ?? '');
      return {};
    },
  };
}

/** The worker that sends a poll. */
export function pollerOf(request: {
  readonly identity?: string | null;
  readonly workerInstanceKey?: string | null;
}): Poller {
  return { identity: request.identity ?? '', workerInstanceKey: request.workerInstanceKey ?? '' };
}

/** What the next task of a queue that is still wanted gives its poller; `undefined` when the poll ends without one. */
export async function nextTask<Task>(
  queue: TaskQueue<{ start(poller: Poller): Task | undefined }>,
  poller: Poller,
  signal: AbortSignal,
): Promise<Task | undefined> {
  for (;;) {
    const task = await queue.poll(poller, signal);
    if (task === undefined) return undefined;
    const started = task.start(poller);
    if (started !== undefined) return started;
  }
}

function completeWorkflowTask(run: Execution, request: RequestOf<'respondWorkflowTaskCompleted'>): void {
  const { commands, identity, sdkMetadata, binaryChecksum } = request;
  const all = commands ?? [];
  checkCommands(all);
  if (run.hasBuffered && all.some(closesRun)) {
    run.workflowTasks.fail('WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND', undefined, identity ?? '');
    throw invalidArgument('UnhandledCommand');
  }
  const completedId = run.workflowTasks.complete({ identity, sdkMetadata, binaryChecksum });
  applyCommands(run, all, completedId);
  if (run.flush() || request.forceCreateNewWorkflowTask === true) run.wake();
}
