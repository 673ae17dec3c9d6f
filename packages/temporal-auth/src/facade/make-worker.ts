import type { Worker, WorkerOptions } from '@temporalio/worker';
import type { Logger } from '@temporalio/common';
import type { CreateWorkerOptions } from '../configuration/client-options.ts';
import { guardWorker } from '../worker/guard-worker.ts';
import { logPollers, pollerDefaults } from '../worker/poller-defaults.ts';
import type { WatchedConnection } from '../worker/watched-connection.ts';

/**
 * Of fixed polls for workflow tasks, Temporal keeps 2 of 10 for new workflows. A poll that is refused waits 10 s in Core, whatever happens
 * meanwhile: a worker that is to be back in less needs more of either kind.
 */
const evenRatio = 0.5;

/** What a worker of a client is made with. */
export type WorkerSettings = Omit<CreateWorkerOptions, 'autoStartTokenRefresh'>;

/** {@link WorkerSettings} by Temporal's names. */
export type PreparedSettings = Omit<WorkerSettings, 'maxConcurrentActivities'> & {
  readonly taskQueue: string;
};

/** A worker on a guarded connection. */
export interface GuardedWorker {
  readonly worker: Worker;
  /** It tells nothing any more: what its activities still come to is told from here. */
  abandon(): void;
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
 * Makes a worker that is guarded, and parked if it is to be.
 *
 * @throws what Temporal's SDK throws
 */
export async function makeWorker(
  native: WatchedConnection,
  { acknowledgeResults = false, parking: isParkable = false, ...options }: PreparedSettings,
  { namespace, logger }: { readonly namespace: string; readonly logger: Logger },
): Promise<GuardedWorker> {
  // Loaded for the first worker: a program that has none needs no native code.
  const { Worker } = await import('@temporalio/worker');
  const { guard } = native;
  const parking = isParkable ? await guard?.parking() : undefined;
  const pollers = pollerDefaults(options);
  const guarded = guard && guardWorker(options, guard, { logger, acknowledgeResults });
  const { connection } = native;
  const workerOptions: WorkerOptions = {
    ...(isParkable && { nonStickyToStickyPollRatio: evenRatio }),
    ...options,
    ...pollers.options,
    ...(guarded && { interceptors: guarded.interceptors }),
    ...{ connection, namespace },
  };
  const worker = await Worker.create(workerOptions);
  native.rotation?.add(worker, connection);
  parking?.add(worker);
  logPollers(pollers, logger, options.taskQueue);
  return {
    worker,
    abandon: () => {
      guarded?.abandon();
    },
  };
}
