import { Client } from '@temporalio/client';
import type { Logger } from '@temporalio/common';
import type { NativeConnection, Worker } from '@temporalio/worker';
import { messageOf } from '../errors/kind-of-error.ts';
import { isHeldByWorkers } from '../errors/refusal.ts';

/** Those of workers that are over, or as good as: Core takes no other connection for them. */
const endedStates: ReadonlySet<ReturnType<Worker['getState']>> = new Set(['DRAINED', 'STOPPED', 'FAILED']);

/** Moves a worker to another connection, one that shuts down too: the outcomes of its activities are yet to come. */
export function moveWorker(worker: Worker, connection: NativeConnection, logger: Logger): void {
  if (endedStates.has(worker.getState())) return;
  try {
    worker.connection = connection;
  } catch (error) {
    const { taskQueue } = worker.options;
    logger.error(`A worker could not be moved: ${messageOf(error)}`, { taskQueue });
  }
}

/**
 * A connection for whoever keeps one for longer than it is there: each call is made on the one that is in place then. What
 * `withMetadata` and its like set holds for the connection on which they were called.
 */
export function followingConnection(current: () => NativeConnection): NativeConnection {
  return new Proxy<NativeConnection>(Object.create(null) as NativeConnection, {
    get: (_target, key) => {
      const connection = current();
      const value: unknown = Reflect.get(connection, key, connection);
      return typeof value === 'function' ? (value.bind(connection) as unknown) : value;
    },
  });
}

/**
 * Gives the activities of a worker a client on a connection that follows. They keep the one that they began with, however long they run, and
 * Temporal's own would be on a connection that is closed by then.
 */
export function followWithClient(worker: Worker, connection: NativeConnection): void {
  const { namespace, identity, dataConverter, interceptors } = worker.options;
  const client = new Client({
    ...{ namespace, connection, identity, interceptors: interceptors.client },
    ...(dataConverter && { dataConverter }),
  });
  Object.defineProperty(worker, 'client', { value: client, configurable: true });
}

/** A worker that has failed may hold its connection for ever, and its own error is the one to be reported. */
export async function closeUnheld(connection: NativeConnection, logger: Logger): Promise<void> {
  try {
    await connection.close();
  } catch (error) {
    const text = 'A worker that has failed still holds its connection, which cannot be closed';
    if (isHeldByWorkers(error)) logger.warn(`${text}: end the process by process.exit()`);
  }
}
