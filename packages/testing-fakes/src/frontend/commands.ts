import type { Scheduling } from './activity.ts';
import { type Command, durationMs, type EventAttributes, toSeconds } from './messages.ts';
import { unimplemented } from './rpc-error.ts';

/** What a run begins with. */
export interface RunStart {
  readonly workflowId: string;
  readonly runId: string;
  /** By which a repeated request to start it is known. */
  readonly requestId: string;
  readonly attributes: EventAttributes<'workflowExecutionStarted'>;
}

/** @throws RpcError UNIMPLEMENTED for a command that the fake does not have */
export function checkCommand(command: Command): void {
  const { scheduleActivityTaskCommandAttributes: scheduling } = command;
  const {
    completeWorkflowExecutionCommandAttributes: result,
    failWorkflowExecutionCommandAttributes: failure,
  } = command;
  if (scheduling ?? result ?? failure) return;
  const field = Object.keys(command).find((key) => key.endsWith('CommandAttributes')) ?? '';
  throw unimplemented(`the command ${field.replace('CommandAttributes', '')}`);
}

/** Whether nothing comes after it. */
export function endsRun(command: Command): boolean {
  return !command.scheduleActivityTaskCommandAttributes;
}

/** What the first event says, with what Temporal adds to it. */
export function startedAttributes(
  given: RunStart['attributes'],
  taskTimeoutMs: number,
): RunStart['attributes'] {
  const set = Object.entries(given).filter(([, value]) => value !== null && value !== undefined);
  return { ...Object.fromEntries(set), workflowTaskTimeout: toSeconds(taskTimeoutMs) };
}

/** What Temporal adds to what the workflow left out. */
export function withDefaults(scheduling: Scheduling, taskQueue: string): Scheduling {
  const wholeMs = durationMs(scheduling.scheduleToCloseTimeout);
  return {
    ...scheduling,
    taskQueue: { name: scheduling.taskQueue?.name ?? taskQueue },
    scheduleToCloseTimeout: toSeconds(wholeMs),
    startToCloseTimeout: toSeconds(durationMs(scheduling.startToCloseTimeout) || wholeMs),
    retryPolicy: scheduling.retryPolicy ?? {},
  };
}
