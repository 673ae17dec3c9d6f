import { randomUUID } from 'node:crypto';
import type { Execution } from './execution.ts';
import {
  type Handlers,
  type RequestOf,
  type ResponseOf,
  toSeconds,
  type WorkflowExecution,
} from './messages.ts';
import type { Namespaces, NamespaceState } from './namespaces.ts';
import { alreadyStarted, invalidArgument, queueName, unimplemented } from './rpc-error.ts';
import type { FrontendClock } from './task-queue.ts';

/** How long a caller may wait for the end of a run before it is asked to come again, as in Temporal. */
const waitMs = 20_000;

/** Temporal's number of "only the event that ends the run". */
const closeEvent = 2;

/** What a client calls about workflows: starts, signals, descriptions, and histories, of which it may wait for the last event. */
export function workflowHandlers(namespaces: Namespaces): Handlers {
  const runOf = (
    namespace: string | null | undefined,
    execution: WorkflowExecution | null | undefined,
    runId = execution?.runId,
  ): Execution => namespaces.get(namespace).get(execution?.workflowId ?? '', runId);
  return {
    startWorkflowExecution: (request) => {
      const { runId } = start(namespaces.get(request.namespace), request).start;
      return { runId, started: true, status: 'WORKFLOW_EXECUTION_STATUS_RUNNING' };
    },
    signalWorkflowExecution: ({ namespace, workflowExecution, requestId, ...given }) => {
      const { signalName, input, identity, header } = given;
      runOf(namespace, workflowExecution).signal(requestId ?? '', { signalName, input, identity, header });
      return {};
    },
    describeWorkflowExecution: ({ namespace, execution }) => describeRun(runOf(namespace, execution)),
    getWorkflowExecutionHistory: async (request, signal) => {
      const { namespace, execution, nextPageToken, historyEventFilterType, waitNewEvent } = request;
      const runId = nextPageToken?.length ? Buffer.from(nextPageToken).toString() : execution?.runId;
      const run = runOf(namespace, execution, runId);
      if (waitNewEvent) await waitForEnd(run, namespaces.clock, signal);
      const isOver = run.closed !== undefined;
      // The token has the caller come again, for the same run.
      const next = waitNewEvent && !isOver ? { nextPageToken: Buffer.from(run.start.runId) } : {};
      const { events } = run.history;
      if (Number(historyEventFilterType) !== closeEvent) return { history: { events }, ...next };
      return { history: { events: waitNewEvent && !isOver ? [] : events.slice(-1) }, ...next };
    },
  };
}

/** The settings of a start that a fake for tests of authentication has no use for, and what they are called. */
const missing = [
  ['cronSchedule', 'cron schedules'],
  ['retryPolicy', 'retry policies of workflows'],
  ['workflowStartDelay', 'start delays'],
  ['workflowExecutionTimeout', 'time-outs of workflows'],
  ['workflowRunTimeout', 'time-outs of workflows'],
] as const;

function start(namespace: NamespaceState, request: RequestOf<'startWorkflowExecution'>): Execution {
  const { workflowId, workflowType, requestId } = request;
  if (!workflowId) throw invalidArgument('WorkflowId is not set on request.');
  if (!workflowType?.name) throw invalidArgument('WorkflowType is not set on request.');
  const taskQueue = { name: queueName(request.taskQueue) };
  for (const [field, name] of missing) if (request[field]) throw unimplemented(name);
  const earlier = namespace.find(workflowId);
  if (earlier !== undefined) {
    const { closed, start: started } = earlier;
    if (closed === undefined && started.requestId === requestId) return earlier;
    checkPolicies(request, closed === undefined);
    if (closed === undefined) throw alreadyStarted(workflowId, started.runId);
  }
  const runId = randomUUID();
  return namespace.begin({
    workflowId,
    runId,
    requestId: requestId ?? '',
    attributes: {
      workflowType,
      taskQueue,
      input: request.input,
      workflowTaskTimeout: request.workflowTaskTimeout,
      originalExecutionRunId: runId,
      identity: request.identity,
      firstExecutionRunId: runId,
      attempt: 1,
      memo: request.memo,
      searchAttributes: request.searchAttributes,
      header: request.header,
      priority: request.priority,
      workflowId,
    },
  });
}

/**
 * A workflow id that is in use is rejected, and one that was used may be used again: Temporal's defaults. Their numbers are 0 and 1.
 *
 * @throws RpcError UNIMPLEMENTED when the request wants something else
 */
function checkPolicies(request: RequestOf<'startWorkflowExecution'>, isRunning: boolean): void {
  const { workflowIdConflictPolicy, workflowIdReusePolicy } = request;
  const policy: number = (isRunning ? workflowIdConflictPolicy : workflowIdReusePolicy) ?? 0;
  if (policy > 1) throw unimplemented('policies for workflow ids that were used before');
}

async function waitForEnd(run: Execution, clock: FrontendClock, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const timer = clock.startTimer(() => {
    over.abort();
  }, waitMs);
  const either = AbortSignal.any([signal, over.signal]);
  while (run.closed === undefined && !either.aborted) await run.history.change(either);
  timer.cancel();
}

function describeRun(run: Execution): ResponseOf<'describeWorkflowExecution'> {
  const { attributes, runId } = run.start;
  const startTime = toSeconds(run.startedMs);
  return {
    executionConfig: {
      taskQueue: run.taskQueue,
      workflowExecutionTimeout: attributes.workflowExecutionTimeout,
      workflowRunTimeout: attributes.workflowRunTimeout,
      defaultWorkflowTaskTimeout: toSeconds(run.taskTimeoutMs),
    },
    workflowExecutionInfo: {
      execution: run.execution,
      type: attributes.workflowType,
      startTime,
      executionTime: startTime,
      closeTime: run.closed === undefined ? undefined : toSeconds(run.closed.atMs),
      status: `WORKFLOW_EXECUTION_STATUS_${run.closed?.status ?? 'RUNNING'}`,
      historyLength: run.history.events.length,
      rootExecution: run.execution,
      memo: { fields: attributes.memo?.fields },
      searchAttributes: { indexedFields: attributes.searchAttributes?.indexedFields },
      taskQueue: run.taskQueue.name,
      firstRunId: runId,
    },
  };
}
