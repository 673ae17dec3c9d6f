import type { EventAttributes } from '../protocol/plain.ts';
import { toSeconds } from '../protocol/times.ts';

/** How a run ends. */
export type CloseStatus = 'COMPLETED' | 'FAILED';

/** What a run begins with. */
export interface RunStart {
  readonly workflowId: string;
  readonly runId: string;
  /** By which a repeated request to start it is known. */
  readonly requestId: string;
  readonly attributes: EventAttributes<'workflowExecutionStarted'>;
}

/** What the first event says, with what Temporal adds to it. */
export function startedAttributes(start: RunStart, taskTimeoutMs: number): RunStart['attributes'] {
  const given = Object.entries(start.attributes).filter(([, value]) => value !== null && value !== undefined);
  return {
    workflowExecutionTimeout: toSeconds(0),
    workflowRunTimeout: toSeconds(0),
    firstWorkflowTaskBackoff: toSeconds(0),
    ...Object.fromEntries(given),
    workflowTaskTimeout: toSeconds(taskTimeoutMs),
  };
}
