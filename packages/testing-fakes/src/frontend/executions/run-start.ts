import type { EventAttributes } from '../protocol/plain.ts';
import { toSeconds } from '../protocol/times.ts';

/** How a run ends. */
export type CloseStatus =
  'COMPLETED' | 'FAILED' | 'CANCELED' | 'TERMINATED' | 'CONTINUED_AS_NEW' | 'TIMED_OUT';

/** What a run begins with. */
export interface RunStart {
  readonly workflowId: string;
  readonly runId: string;
  /** The first of the runs that continue one another. */
  readonly firstRunId: string;
  /** By which a repeated request to start it is known. */
  readonly requestId?: string | undefined;
  readonly attributes: EventAttributes<'workflowExecutionStarted'>;
  /** With which it starts. */
  readonly signal?: EventAttributes<'workflowExecutionSignaled'> | undefined;
  /** Milliseconds until its first workflow task. */
  readonly delayMs: number;
  /** When the chain of runs must be over, in milliseconds since the epoch; `Infinity` for never. */
  readonly deadlineMs: number;
}

/** What the first event says, with what Temporal adds to it. */
export function startedAttributes(start: RunStart, taskTimeoutMs: number): RunStart['attributes'] {
  const given = Object.entries(start.attributes).filter(([, value]) => value !== null && value !== undefined);
  return {
    workflowExecutionTimeout: toSeconds(0),
    workflowRunTimeout: toSeconds(0),
    firstWorkflowTaskBackoff: toSeconds(start.delayMs),
    ...Object.fromEntries(given),
    workflowTaskTimeout: toSeconds(taskTimeoutMs),
  };
}
