import type { Logger } from '@temporalio/common';
import { Runtime, type Worker } from '@temporalio/worker';
import { type Clock, type OptionsOf, withDeadline } from '@worker-auth/inlined';
import type { CreateWorkerOptions } from '../configuration/client-options.ts';
import { noAnswer } from '../errors/own-errors.ts';
import { isTransportError } from '../errors/refusal.ts';
import { ownError, type TemporalTarget } from '../errors/translate.ts';
import { type SupervisedWorker, superviseWorker } from '../worker/supervisor.ts';
import type { CreatedWorker, SupervisionSettings } from '../worker/supervisor-options.ts';
import type { WatchedConnection } from '../worker/watched-connection.ts';

/** Settings of `TemporalWorkflowClient.runWorker`: those of `createWorker`, and how long it goes on. */
export interface RunWorkerOptions extends CreateWorkerOptions, OptionsOf<SupervisionSettings> {
  /** Shuts the worker down. */
  readonly signal?: AbortSignal | undefined;
}

/** What a client's workers are supervised with. */
export interface SuperviseOnOptions extends OptionsOf<SupervisionSettings> {
  /** The connection for the next worker, another than the given one. */
  readonly connection: (otherThan?: WatchedConnection) => Promise<WatchedConnection>;
  /** Makes a worker on it. */
  readonly make: (native: WatchedConnection) => Promise<CreatedWorker<Worker>>;
  /** What to make of an error of Temporal's connection. */
  readonly translate: (error: unknown) => unknown;
  readonly signal: AbortSignal | undefined;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Supervises a worker on the connections of a client: its health is that of its token too, and it ends with Temporal's Runtime. */
export function superviseOn(options: SuperviseOnOptions): SupervisedWorker {
  const { connection, make, translate, ...others } = options;
  let last: WatchedConnection | undefined;
  return superviseWorker({
    ...others,
    shutdownSignals: Runtime.instance().options.shutdownSignals,
    translate: (error) => (isTransportError(error) ? translate(error) : (ownError(error) ?? error)),
    create: async ({ freshConnection }) => {
      const native = await connection(freshConnection ? last : undefined);
      last = native;
      return { isWell: () => native.guard?.watchdog.isBad !== true, ...(await make(native)) };
    },
  });
}

/** The Temporal that is asked, and for how long. */
export interface AskNamespaceOptions {
  readonly target: TemporalTarget;
  readonly clock: Clock;
  /** Milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Asks Temporal for the namespace, as a worker does that is made on a new connection: on an old one Core does not ask again, and one that was
 * refused keeps its connection open until it is collected.
 *
 * @throws what Temporal's SDK throws; ConnectivityError at the deadline; the signal's reason
 */
export async function askNamespace(
  { connection }: WatchedConnection,
  { target, clock, timeoutMs, signal }: AskNamespaceOptions,
): Promise<void> {
  const timeoutError = (): Error => noAnswer(target, timeoutMs);
  const ask = (): Promise<unknown> =>
    connection.workflowService.describeNamespace({ namespace: target.namespace });
  await withDeadline((ending) => connection.withAbortSignal(ending, ask), {
    ...{ clock, timeoutMs, signal, timeoutError },
  });
}
