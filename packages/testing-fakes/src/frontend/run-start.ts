import { type EventAttributes, toSeconds } from './messages.ts';

/** What a run begins with. */
export interface RunStart {
  readonly workflowId: string;
  readonly runId: string;
  /** By which a repeated request to start it is known. */
  readonly requestId: string;
  readonly attributes: EventAttributes<'workflowExecutionStarted'>;
}

/** What the first event says, with what Temporal adds to it. */
export function startedAttributes(
  given: RunStart['attributes'],
  taskTimeoutMs: number,
): RunStart['attributes'] {
  const set = Object.entries(given).filter(([, value]) => value !== null && value !== undefined);
  return { ...Object.fromEntries(set), workflowTaskTimeout: toSeconds(taskTimeoutMs) };
}
