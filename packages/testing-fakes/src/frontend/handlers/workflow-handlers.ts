import { randomUUID } from 'node:crypto';
import type { Execution } from '../executions/execution.ts';
import type { NamespaceState } from '../namespace-state.ts';
import type { Namespaces } from '../namespaces.ts';
import type { Handlers, RequestOf, WorkflowExecution } from '../protocol/plain.ts';
import { alreadyStarted, invalidArgument, queueName, unimplemented } from '../protocol/rpc-error.ts';
import { describeRun } from './describe-run.ts';

/** What a client calls about workflows. */
export function workflowHandlers(namespaces: Namespaces): Handlers {
  const runOf = (
    namespace: string | null | undefined,
    execution: WorkflowExecution | null | undefined,
  ): Execution => namespaces.get(namespace).get(execution?.workflowId ?? '', execution?.runId);
  return {
    startWorkflowExecution: (request) => {
      const { runId } = start(namespaces.get(request.namespace), request).start;
      return { runId, started: true, status: 'WORKFLOW_EXECUTION_STATUS_RUNNING' };
    },
    describeWorkflowExecution: ({ namespace, execution }) => describeRun(runOf(namespace, execution)),
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
