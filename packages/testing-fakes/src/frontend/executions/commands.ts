import type { Command } from '../protocol/plain.ts';
import { unimplemented } from '../protocol/rpc-error.ts';
import { durationMs, toSeconds } from '../protocol/times.ts';
import type { Scheduling } from './activity.ts';
import type { Execution } from './execution.ts';
import { retryIntervals } from './retry.ts';

/** The commands that a worker's workflows may give, by their field. */
const known = [
  'scheduleActivityTaskCommandAttributes',
  'completeWorkflowExecutionCommandAttributes',
  'failWorkflowExecutionCommandAttributes',
] as const;

export function closesRun(command: Command): boolean {
  return known.slice(1).some((field) => isSet(command[field]));
}

/** @throws RpcError UNIMPLEMENTED for commands that the fake does not have */
export function checkCommands(commands: readonly Command[]): void {
  for (const command of commands) {
    if (known.some((field) => isSet(command[field]))) continue;
    const field = Object.keys(command).find((key) => key.endsWith('CommandAttributes')) ?? '';
    throw unimplemented(`the command ${field.replace('CommandAttributes', '')}`);
  }
}

/**
 * Does what a workflow decided in a workflow task, and writes it into the run's history.
 *
 * @param completedId the id of the event that says that the workflow task is completed
 */
export function applyCommands(run: Execution, commands: readonly Command[], completedId: number): void {
  const workflowTaskCompletedEventId = completedId;
  for (const command of commands) {
    if (isSet(command.scheduleActivityTaskCommandAttributes)) {
      scheduleActivity(run, command.scheduleActivityTaskCommandAttributes, completedId);
    } else if (isSet(command.completeWorkflowExecutionCommandAttributes)) {
      const { result } = command.completeWorkflowExecutionCommandAttributes;
      run.close('COMPLETED', 'workflowExecutionCompleted', { result, workflowTaskCompletedEventId });
    } else {
      const failure = command.failWorkflowExecutionCommandAttributes?.failure ?? {};
      const retryState = 'RETRY_STATE_RETRY_POLICY_NOT_SET';
      run.close('FAILED', 'workflowExecutionFailed', { failure, workflowTaskCompletedEventId, retryState });
    }
  }
}

function scheduleActivity(
  run: Execution,
  scheduling: Scheduling,
  workflowTaskCompletedEventId: number,
): void {
  const complete = withDefaults(run, scheduling);
  const id = run.history.add('activityTaskScheduled', { ...complete, workflowTaskCompletedEventId });
  run.activities.schedule(complete, id);
}

/** What Temporal adds to what the workflow left out. */
function withDefaults(run: Execution, scheduling: Scheduling): Scheduling {
  const { retryPolicy, scheduleToCloseTimeout, startToCloseTimeout } = scheduling;
  const wholeMs = durationMs(scheduleToCloseTimeout);
  const { initialMs, coefficient, maximumMs } = retryIntervals(retryPolicy);
  return {
    ...scheduling,
    taskQueue: { name: scheduling.taskQueue?.name ?? run.taskQueue.name },
    scheduleToCloseTimeout: toSeconds(wholeMs),
    scheduleToStartTimeout: toSeconds(durationMs(scheduling.scheduleToStartTimeout) || wholeMs),
    startToCloseTimeout: toSeconds(durationMs(startToCloseTimeout) || wholeMs),
    heartbeatTimeout: toSeconds(durationMs(scheduling.heartbeatTimeout)),
    retryPolicy: {
      ...retryPolicy,
      initialInterval: toSeconds(initialMs),
      backoffCoefficient: coefficient,
      maximumInterval: toSeconds(maximumMs),
    },
  };
}

function isSet<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}
