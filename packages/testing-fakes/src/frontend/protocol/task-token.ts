import { invalidArgument } from './rpc-error.ts';

/** What a task token says: which run, and what of it. Opaque to those who get it. */
export interface TaskToken {
  readonly namespace: string;
  readonly workflowId: string;
  readonly runId: string;
  /** Of a workflow task. */
  readonly startedEventId?: number;
  /** Of an activity task. */
  readonly scheduledEventId?: number;
  readonly attempt?: number;
}

export function taskToken(token: TaskToken): Uint8Array {
  return Buffer.from(JSON.stringify(token));
}

/** @throws RpcError INVALID_ARGUMENT when the frontend did not make it */
export function readTaskToken(bytes: Uint8Array | null | undefined): TaskToken {
  try {
    return JSON.parse(Buffer.from(bytes ?? []).toString()) as TaskToken;
  } catch {
    throw invalidArgument('Invalid TaskToken.');
  }
}
