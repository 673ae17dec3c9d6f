import type { Execution } from '../executions/execution.ts';
import { describePending } from '../executions/activity.ts';
import type { ResponseOf } from '../protocol/plain.ts';
import { toSeconds } from '../protocol/times.ts';

/** What is known about a run, in the form of `DescribeWorkflowExecution`. */
export function describeRun(run: Execution): ResponseOf<'describeWorkflowExecution'> {
  const { attributes, runId } = run.start;
  const startTime = toSeconds(run.startedMs);
  return {
    executionConfig: {
      taskQueue: run.taskQueue,
      workflowExecutionTimeout: attributes.workflowExecutionTimeout,
      workflowRunTimeout: attributes.workflowRunTimeout,
      defaultWorkflowTaskTimeout: toSeconds(run.taskTimeoutMs),
    },
    pendingActivities: run.activities.pending.map((activity) => describePending(activity)),
    workflowExecutionInfo: {
      execution: run.execution,
      type: attributes.workflowType,
      startTime,
      executionTime: startTime,
      closeTime: run.closed === undefined ? undefined : toSeconds(run.closed.atMs),
      status: `WORKFLOW_EXECUTION_STATUS_${run.closed?.status ?? 'RUNNING'}`,
      historyLength: run.history.length,
      rootExecution: run.execution,
      memo: { fields: attributes.memo?.fields },
      searchAttributes: { indexedFields: attributes.searchAttributes?.indexedFields },
      taskQueue: run.taskQueue.name,
      firstRunId: runId,
    },
  };
}
