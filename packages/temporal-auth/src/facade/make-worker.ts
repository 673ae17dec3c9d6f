import type { Worker } from '@temporalio/worker';
import type { Logger } from '@temporalio/common';
import type { CreateWorkerOptions } from '../configuration/client-options.ts';
import { guardedOptions } from '../worker/guarded-options.ts';
import type { WatchedConnection } from '../worker/watched-connection.ts';

/** What a worker of a client is made with. */
export type WorkerSettings = Omit<CreateWorkerOptions, 'autoStartTokenRefresh'>;

/** {@link WorkerSettings} by Temporal's names. */
export type PreparedSettings = Omit<WorkerSettings, 'maxConcurrentActivities'> & {
  readonly taskQueue: string;
};

/** A worker on a guarded connection. */
export interface GuardedWorker {
  readonly worker: Worker;
}

/** @throws TypeError when both names of the limit are given */
export function prepareSettings(
  { maxConcurrentActivities, ...options }: WorkerSettings,
  applicationName: string,
): PreparedSettings {
  const { taskQueue = applicationName, maxConcurrentActivityTaskExecutions } = options;
  if (maxConcurrentActivities === undefined) return { ...options, taskQueue };
  if (maxConcurrentActivityTaskExecutions !== undefined) {
    throw new TypeError('Give maxConcurrentActivities or maxConcurrentActivityTaskExecutions, not both');
  }
  return { ...options, taskQueue, maxConcurrentActivityTaskExecutions: maxConcurrentActivities };
}

/**
 * Makes a worker that is guarded.
 *
 * @throws what Temporal's SDK throws
 */
export async function makeWorker(
  native: WatchedConnection,
  { acknowledgeResults = true, ...options }: PreparedSettings,
  { namespace, logger }: { readonly namespace: string; readonly logger: Logger },
): Promise<GuardedWorker> {
  // Loaded for the first worker: a program that has none needs no native code.
  const { Worker } = await import('@temporalio/worker');
  const guarding = { logger, acknowledgeResults, namespace };
  const made = await guardedOptions(options, native.guard, guarding);
  const { connection } = native;
  const worker = await Worker.create({ ...made.options, connection, namespace });
  native.rotation?.add(worker, connection);
  made.reporter?.serve(worker);
  return { worker };
}
