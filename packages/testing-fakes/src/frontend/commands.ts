import type { Activities } from './activities.ts';
import type { Scheduling } from './activity.ts';
import type { History } from './history.ts';
import {
  type Command,
  durationMs,
  type EventAttributes,
  type EventName,
  type Failure,
  toSeconds,
} from './messages.ts';
import { unimplemented } from './rpc-error.ts';
import type { WorkflowTimers } from './workflow-timers.ts';

export type CloseStatus = 'COMPLETED' | 'FAILED';

/** A run, as far as commands change it. */
export interface CommandedRun {
  readonly history: History;
  readonly activities: Activities;
  readonly workflowTimers: WorkflowTimers;
  readonly taskQueue: { readonly name: string };
  close<Name extends EventName>(status: CloseStatus, event: Name, attributes: EventAttributes<Name>): void;
}

/** The commands that the fake has. */
const [activity, startTimer, cancelTimer, complete, fail] = [
  'scheduleActivityTaskCommandAttributes',
  'startTimerCommandAttributes',
  'cancelTimerCommandAttributes',
  'completeWorkflowExecutionCommandAttributes',
  'failWorkflowExecutionCommandAttributes',
] as const;

/** Why a run with these commands fails; `undefined` when the fake has all of them. A worker would try again what is rejected here. */
export function lacking(commands: readonly Command[]): Failure | undefined {
  const known: readonly string[] = [activity, startTimer, cancelTimer, complete, fail];
  const names = commands.flatMap((command) => Object.keys(command));
  const name = names.find((key) => key.endsWith('CommandAttributes') && !known.includes(key));
  if (name === undefined) return undefined;
  const { message } = unimplemented(`the command ${name.replace('CommandAttributes', '')}`);
  return { message, source: 'FakeTemporalFrontend', serverFailureInfo: { nonRetryable: true } };
}

/** Whether nothing comes after it. */
export function endsRun(command: Command): boolean {
  return Boolean(command[complete] ?? command[fail]);
}

/** Does what the workflow decided, and writes it. */
export function applyCommand(
  run: CommandedRun,
  command: Command,
  workflowTaskCompletedEventId: number,
): void {
  if (command[activity]) {
    const complete = withDefaults(command[activity], run.taskQueue.name);
    const event = { ...complete, workflowTaskCompletedEventId };
    run.activities.schedule(complete, run.history.add('activityTaskScheduled', event));
  } else if (command[startTimer]) run.workflowTimers.start(command[startTimer], workflowTaskCompletedEventId);
  else if (command[cancelTimer])
    run.workflowTimers.cancel(command[cancelTimer], workflowTaskCompletedEventId);
  else if (command[complete]) {
    const { result } = command[complete];
    run.close('COMPLETED', 'workflowExecutionCompleted', { result, workflowTaskCompletedEventId });
  } else {
    const failure = command[fail]?.failure ?? {};
    const retryState = 'RETRY_STATE_RETRY_POLICY_NOT_SET';
    run.close('FAILED', 'workflowExecutionFailed', { failure, workflowTaskCompletedEventId, retryState });
  }
}

/** What Temporal adds to what the workflow left out. */
function withDefaults(scheduling: Scheduling, taskQueue: string): Scheduling {
  const wholeMs = durationMs(scheduling.scheduleToCloseTimeout);
  return {
    ...scheduling,
    taskQueue: { name: scheduling.taskQueue?.name ?? taskQueue },
    scheduleToCloseTimeout: toSeconds(wholeMs),
    startToCloseTimeout: toSeconds(durationMs(scheduling.startToCloseTimeout) || wholeMs),
    retryPolicy: scheduling.retryPolicy ?? {},
  };
}
