import type { NativeConnection } from '@temporalio/worker';
import { type Clock, withDeadline } from '@worker-auth/inlined';
import { noAnswerWithin } from '../errors/own-errors.ts';
import { callFailure, grpcCode, isClosedConnection, isRefusal } from '../errors/refusal.ts';

/** What Temporal says of the token that a connection carries now. */
export type ProbeAnswer =
  | { readonly kind: 'good' }
  /** `refused`: it answered and said no. `unreachable`: nobody knows, there was no answer, or one that says nothing of the token. */
  | { readonly kind: 'refused' | 'unreachable'; readonly reason: string };

/** Asks once. It has a deadline of its own, and rejects with the signal's reason, or when the connection was closed. */
export type Probe = (signal: AbortSignal) => Promise<ProbeAnswer>;

/** How the question is put. */
export interface TemporalProbeOptions {
  readonly connection: Pick<NativeConnection, 'workflowService' | 'withAbortSignal'>;
  readonly namespace: string;
  readonly clock: Clock;
  /** For the message when there is no answer: `host:port`. */
  readonly address: string;
  /** Makes the reason out of what was thrown, fit to be shown. */
  readonly explain: (error: unknown) => string;
}

/** How long an answer may take, in milliseconds. Core itself repeats a call for longer while a server is away. */
const timeoutMs = 3_000;

/**
 * Asks with an empty worker heartbeat, which needs the right to write, as the calls of a worker do, and changes nothing. A server that has
 * no such method is asked to describe the namespace, from then on.
 */
export function temporalProbe(options: TemporalProbeOptions): Probe {
  const { connection, namespace, clock, address, explain } = options;
  let hasHeartbeat = true;

  const ask = async (): Promise<void> => {
    if (hasHeartbeat) {
      try {
        await connection.workflowService.recordWorkerHeartbeat({ namespace, workerHeartbeat: [] });
        return;
      } catch (error) {
        if (callFailure(error).grpcStatus !== grpcCode.unimplemented) throw error;
        hasHeartbeat = false;
      }
    }
    await connection.workflowService.describeNamespace({ namespace });
  };

  return async (signal) => {
    try {
      const timeoutError = (): Error => noAnswerWithin({ address, namespace }, timeoutMs);
      await withDeadline((ending) => connection.withAbortSignal(ending, ask), {
        ...{ clock, timeoutMs, signal, timeoutError },
      });
      return { kind: 'good' };
    } catch (error) {
      signal.throwIfAborted();
      if (isClosedConnection(error)) throw error;
      return { kind: isRefusal(callFailure(error)) ? 'refused' : 'unreachable', reason: explain(error) };
    }
  };
}
