import type { Command } from '../protocol/plain.ts';
import type { Execution } from './execution.ts';

type Signal = NonNullable<Command['signalExternalWorkflowExecutionCommandAttributes']>;
type Cancellation = NonNullable<Command['requestCancelExternalWorkflowExecutionCommandAttributes']>;

/** Writes that another workflow is to be signalled; the function that is returned does it. */
export function signalExternal(
  run: Execution,
  signal: Signal,
  workflowTaskCompletedEventId: number,
): () => void {
  const { execution, signalName, input, header, control, childWorkflowOnly } = signal;
  const { history, runs } = run;
  const told = { workflowExecution: execution, namespace: runs.name, control };
  const initiatedEventId = history.add('signalExternalWorkflowExecutionInitiated', {
    ...told,
    signalName,
    input,
    header,
    childWorkflowOnly,
    workflowTaskCompletedEventId,
  });
  return () => {
    const target = runs.find(execution?.workflowId ?? '', execution?.runId);
    if (target === undefined || target.closed !== undefined) {
      const cause = 'SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND';
      run.happen(() =>
        history.add('signalExternalWorkflowExecutionFailed', {
          ...told,
          cause,
          initiatedEventId,
          workflowTaskCompletedEventId,
        }),
      );
      return;
    }
    target.signal({ signalName, input, header, externalWorkflowExecution: run.execution });
    run.happen(() => history.add('externalWorkflowExecutionSignaled', { ...told, initiatedEventId }));
  };
}

/** Writes that another workflow is to be cancelled; the function that is returned asks for it. */
export function cancelExternal(
  run: Execution,
  cancellation: Cancellation,
  workflowTaskCompletedEventId: number,
): () => void {
  const { workflowId, runId, control, childWorkflowOnly, reason } = cancellation;
  const { history, runs } = run;
  const told = { workflowExecution: { workflowId, runId }, namespace: runs.name };
  const initiatedEventId = history.add('requestCancelExternalWorkflowExecutionInitiated', {
    ...told,
    control,
    childWorkflowOnly,
    reason,
    workflowTaskCompletedEventId,
  });
  return () => {
    const target = runs.find(workflowId ?? '', runId);
    if (target === undefined) {
      const cause = 'CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND';
      run.happen(() =>
        history.add('requestCancelExternalWorkflowExecutionFailed', {
          ...told,
          cause,
          initiatedEventId,
          workflowTaskCompletedEventId,
        }),
      );
      return;
    }
    target.requestCancel({ externalWorkflowExecution: run.execution });
    run.happen(() => history.add('externalWorkflowExecutionCancelRequested', { ...told, initiatedEventId }));
  };
}
