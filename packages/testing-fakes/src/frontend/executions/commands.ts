import type { Command } from '../protocol/plain.ts';
import { unimplemented } from '../protocol/rpc-error.ts';
import { durationMs, toSeconds } from '../protocol/times.ts';
import type { Scheduling } from './activity.ts';
import type { Execution } from './execution.ts';
import { retryIntervals } from './retry.ts';

type TimerStart = NonNullable<Command['startTimerCommandAttributes']>;

/** The commands that a fake for tests of authentication has no use for, and what they are called. */
const missing = [
  ['protocolMessageCommandAttributes', 'workflow updates'],
  ['scheduleNexusOperationCommandAttributes', 'Nexus operations'],
  ['startChildWorkflowExecutionCommandAttributes', 'child workflows'],
  ['signalExternalWorkflowExecutionCommandAttributes', 'signals to other workflows'],
  ['requestCancelExternalWorkflowExecutionCommandAttributes', 'cancellations of other workflows'],
  ['modifyWorkflowPropertiesCommandAttributes', 'changes of the memo'],
  ['continueAsNewWorkflowExecutionCommandAttributes', 'continue-as-new'],
] as const;

/** The commands that end a run. */
const closing = [
  'completeWorkflowExecutionCommandAttributes',
  'failWorkflowExecutionCommandAttributes',
  'cancelWorkflowExecutionCommandAttributes',
] as const;

export function closesRun(command: Command): boolean {
  return closing.some((field) => isSet(command[field]));
}

/** @throws RpcError UNIMPLEMENTED for commands that the fake does not have */
export function checkCommands(commands: readonly Command[]): void {
  for (const command of commands) {
    const found = missing.find(([field]) => isSet(command[field]));
    if (found !== undefined) throw unimplemented(found[1]);
  }
}

/**
 * Does what a workflow decided in a workflow task, and writes it into the run's history.
 *
 * @param completedId the id of the event that says that the workflow task is completed
 * @returns whether the workflow has something to look at again
 */
export function applyCommands(run: Execution, commands: readonly Command[], completedId: number): boolean {
  return commands.map((command) => applyCommand(run, command, completedId)).includes(true);
}

function applyCommand(run: Execution, command: Command, completedId: number): boolean {
  const { history } = run;
  const workflowTaskCompletedEventId = completedId;
  if (isSet(command.scheduleActivityTaskCommandAttributes)) {
    scheduleActivity(run, command.scheduleActivityTaskCommandAttributes, completedId);
  } else if (isSet(command.requestCancelActivityTaskCommandAttributes)) {
    const scheduledEventId = Number(command.requestCancelActivityTaskCommandAttributes.scheduledEventId);
    const id = history.add('activityTaskCancelRequested', { scheduledEventId, workflowTaskCompletedEventId });
    return run.activities.requestCancel(scheduledEventId, id);
  } else if (isSet(command.startTimerCommandAttributes)) {
    startTimer(run, command.startTimerCommandAttributes, completedId);
  } else if (isSet(command.cancelTimerCommandAttributes)) {
    cancelTimer(run, command.cancelTimerCommandAttributes.timerId ?? '', completedId);
  } else if (isSet(command.recordMarkerCommandAttributes)) {
    history.add('markerRecorded', { ...command.recordMarkerCommandAttributes, workflowTaskCompletedEventId });
  } else if (isSet(command.upsertWorkflowSearchAttributesCommandAttributes)) {
    // With each `patched` of a workflow.
    const attributes = command.upsertWorkflowSearchAttributesCommandAttributes;
    history.add('upsertWorkflowSearchAttributes', { ...attributes, workflowTaskCompletedEventId });
  } else {
    closeRun(run, command, completedId);
  }
  return false;
}

function closeRun(run: Execution, command: Command, workflowTaskCompletedEventId: number): void {
  if (isSet(command.completeWorkflowExecutionCommandAttributes)) {
    const { result } = command.completeWorkflowExecutionCommandAttributes;
    run.close('COMPLETED', 'workflowExecutionCompleted', { result, workflowTaskCompletedEventId });
  } else if (isSet(command.failWorkflowExecutionCommandAttributes)) {
    const failure = command.failWorkflowExecutionCommandAttributes.failure ?? {};
    const retryState = 'RETRY_STATE_RETRY_POLICY_NOT_SET';
    run.close('FAILED', 'workflowExecutionFailed', { failure, workflowTaskCompletedEventId, retryState });
  } else if (isSet(command.cancelWorkflowExecutionCommandAttributes)) {
    const { details } = command.cancelWorkflowExecutionCommandAttributes;
    run.close('CANCELED', 'workflowExecutionCanceled', { details, workflowTaskCompletedEventId });
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
  const { retryPolicy, scheduleToCloseTimeout, scheduleToStartTimeout, startToCloseTimeout } = scheduling;
  const wholeMs = durationMs(scheduleToCloseTimeout);
  const { initialMs, coefficient, maximumMs } = retryIntervals(retryPolicy);
  return {
    ...scheduling,
    taskQueue: { name: scheduling.taskQueue?.name ?? run.taskQueue.name },
    scheduleToCloseTimeout: toSeconds(wholeMs),
    scheduleToStartTimeout: toSeconds(durationMs(scheduleToStartTimeout) || wholeMs),
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

function startTimer(run: Execution, attributes: TimerStart, workflowTaskCompletedEventId: number): void {
  const { timerId, startToFireTimeout } = attributes;
  const startedEventId = run.history.add('timerStarted', { ...attributes, workflowTaskCompletedEventId });
  run.timerEvents.set(timerId ?? '', startedEventId);
  run.timers.start(`timer ${timerId ?? ''}`, durationMs(startToFireTimeout), () => {
    run.happen(() => run.history.add('timerFired', { timerId, startedEventId }));
  });
}

function cancelTimer(run: Execution, timerId: string, workflowTaskCompletedEventId: number): void {
  run.timers.cancel(`timer ${timerId}`);
  const startedEventId = run.timerEvents.get(timerId) ?? 0;
  run.history.add('timerCanceled', { timerId, startedEventId, workflowTaskCompletedEventId });
}

function isSet<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}
