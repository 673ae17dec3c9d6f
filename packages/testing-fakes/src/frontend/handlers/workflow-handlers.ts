import { randomUUID } from 'node:crypto';
import type { Execution } from '../executions/execution.ts';
import { mayStart } from '../executions/start-policy.ts';
import type { RunStart } from '../executions/run-start.ts';
import type { NamespaceState } from '../namespace-state.ts';
import type { Namespaces } from '../namespaces.ts';
import type { Handlers, RequestOf, WorkflowExecution } from '../protocol/plain.ts';
import { alreadyStarted, invalidArgument, queueName, unimplemented } from '../protocol/rpc-error.ts';
import { durationMs } from '../protocol/times.ts';
import { describeRun } from './describe-run.ts';

/** Temporal's numbers of what is done about a workflow of the same id that is running; 0, unspecified, is `fail`. */
const conflictPolicy = { useExisting: 2, terminateExisting: 3 } as const;

/** What both ways to start a workflow say. */
type StartRequest = RequestOf<'startWorkflowExecution'> & RequestOf<'signalWithStartWorkflowExecution'>;

/** What a client calls about workflows. */
export function workflowHandlers(namespaces: Namespaces): Handlers {
  const runOf = (
    namespace: string | null | undefined,
    execution: WorkflowExecution | null | undefined,
  ): Execution => namespaces.get(namespace).get(execution?.workflowId ?? '', execution?.runId);
  return {
    startWorkflowExecution: (request) => {
      const namespace = namespaces.get(request.namespace);
      const earlier = namespace.find(request.workflowId ?? '');
      const isRunning = earlier !== undefined && earlier.closed === undefined;
      if (isRunning && earlier.start.requestId === request.requestId) {
        return { runId: earlier.start.runId, started: true, status: runningStatus };
      }
      if (isRunning && Number(request.workflowIdConflictPolicy) === conflictPolicy.useExisting) {
        return { runId: earlier.start.runId, started: false, status: runningStatus };
      }
      const run = start(namespace, request);
      return { runId: run.start.runId, started: true, status: runningStatus };
    },
    signalWithStartWorkflowExecution: (request) => {
      const namespace = namespaces.get(request.namespace);
      const earlier = namespace.find(request.workflowId ?? '');
      const isRunning = earlier !== undefined && earlier.closed === undefined;
      const { signalName, signalInput: input, identity, header } = request;
      const signal = { signalName, input, identity, header };
      const run = isRunning ? earlier : start(namespace, request, signal);
      if (isRunning) run.signal(signal);
      return { runId: run.start.runId, started: !isRunning };
    },
    signalWorkflowExecution: ({ namespace, workflowExecution, signalName, input, identity, header }) => {
      runOf(namespace, workflowExecution).signal({ signalName, input, identity, header });
      return {};
    },
    requestCancelWorkflowExecution: ({ namespace, workflowExecution, identity, reason: cause }) => {
      runOf(namespace, workflowExecution).requestCancel({ identity, cause });
      return {};
    },
    terminateWorkflowExecution: ({ namespace, workflowExecution, reason, details, identity }) => {
      runOf(namespace, workflowExecution).terminate(reason || defaultReason, details, identity ?? '');
      return {};
    },
    describeWorkflowExecution: ({ namespace, execution }) => describeRun(runOf(namespace, execution)),
  };
}

/** Temporal's own, where a termination gives none. */
const defaultReason = 'terminated by user via frontend';

const runningStatus = 'WORKFLOW_EXECUTION_STATUS_RUNNING';

function start(namespace: NamespaceState, request: StartRequest, signal?: RunStart['signal']): Execution {
  const workflowId = request.workflowId ?? '';
  const earlier = namespace.find(workflowId);
  if (workflowId === '') throw invalidArgument('WorkflowId is not set on request.');
  if (!request.workflowType?.name) throw invalidArgument('WorkflowType is not set on request.');
  const taskQueue = { name: queueName(request.taskQueue) };
  if (request.cronSchedule) throw unimplemented('cron schedules');
  if (request.retryPolicy) throw unimplemented('retry policies of workflows');
  if (
    earlier?.closed === undefined &&
    Number(request.workflowIdConflictPolicy) === conflictPolicy.terminateExisting
  ) {
    earlier?.terminate('TerminateIfRunning WorkflowIdReusePolicy', undefined, 'history-service');
  }
  if (!mayStart(earlier, request.workflowIdReusePolicy)) {
    const isRunning = earlier?.closed === undefined;
    throw alreadyStarted(
      workflowId,
      earlier?.start.runId ?? '',
      isRunning ? 'Workflow execution is already running.' : 'Workflow execution already finished.',
    );
  }
  const runId = randomUUID();
  const executionMs = durationMs(request.workflowExecutionTimeout) || Infinity;
  const delayMs = durationMs(request.workflowStartDelay);
  return namespace.begin({
    workflowId,
    runId,
    firstRunId: runId,
    requestId: request.requestId ?? '',
    signal,
    delayMs,
    deadlineMs: namespace.clock.wallNow() + executionMs + delayMs,
    attributes: {
      workflowType: request.workflowType,
      taskQueue,
      input: request.input,
      workflowExecutionTimeout: request.workflowExecutionTimeout,
      workflowRunTimeout: request.workflowRunTimeout,
      workflowTaskTimeout: request.workflowTaskTimeout,
      originalExecutionRunId: runId,
      identity: request.identity,
      firstExecutionRunId: runId,
      attempt: 1,
      firstWorkflowTaskBackoff: request.workflowStartDelay,
      memo: request.memo,
      searchAttributes: request.searchAttributes,
      header: request.header,
      priority: request.priority,
      workflowId,
    },
  });
}
