import type { NativeConnection } from '@temporalio/worker';
import { type Clock, withDeadline } from '@worker-auth/inlined';
import { callFailure, isRefusal } from '../errors/refusal.ts';

/** Where to ask, and for how long. */
export interface RequireWriteOptions {
  readonly connection: Pick<NativeConnection, 'workflowService' | 'withAbortSignal'>;
  readonly namespace: string;
  /** Milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Asks for what only a token with the right to write may do, as everything that a worker does: with one that may only read, a worker can be
 * made and is refused at its first poll. An empty worker heartbeat changes nothing. Any other answer than a refusal, or none, says nothing.
 *
 * @throws the refusal, as Temporal's SDK gives it; the signal's reason
 */
export async function requireWrite(options: RequireWriteOptions): Promise<void> {
  const { connection, namespace, timeoutMs, clock, signal } = options;
  const ask = (): Promise<unknown> =>
    connection.workflowService.recordWorkerHeartbeat({ namespace, workerHeartbeat: [] });
  const timeoutError = (): Error => new Error('no answer');
  try {
    await withDeadline((ending) => connection.withAbortSignal(ending, ask), {
      ...{ clock, timeoutMs, signal, timeoutError },
    });
  } catch (error) {
    signal.throwIfAborted();
    if (isRefusal(callFailure(error))) throw error;
  }
}
