import type { Worker } from '@temporalio/worker';
import type { WorkerHealth } from '../health/client-health.ts';
import { workerHealth } from '../worker/supervision-health.ts';
import type { WatchedConnection } from '../worker/watched-connection.ts';

/** A worker, and the connection that it was made on. */
export interface MadeWorker {
  readonly worker: Worker;
  readonly native: WatchedConnection;
  /** Whether it is ours to shut down. */
  readonly isSupervised: boolean;
}

/** Whose turn it is to shut a worker down that is in use. */
export type WorkersInUse = 'none' | 'supervised' | 'of the user';

/** The workers of a client that have not ended in order. */
export class MadeWorkers {
  #made: readonly MadeWorker[] = [];
  /** Those that have failed and whose task queue another one has taken. */
  readonly #replaced = new WeakSet<Worker>();

  add(made: MadeWorker): void {
    for (const { worker } of this.#made) {
      const isOfQueue = worker.options.taskQueue === made.worker.options.taskQueue;
      if (isOfQueue && worker.getState() === 'FAILED') this.#replaced.add(worker);
    }
    this.#made = [...this.#made.filter(({ worker }) => worker.getState() !== 'STOPPED'), made];
  }

  /** Those of the user that have not ended in order; one that has failed, until another takes its task queue. */
  health(): readonly WorkerHealth[] {
    return this.#made
      .filter(
        ({ worker, isSupervised }) =>
          !isSupervised && worker.getState() !== 'STOPPED' && !this.#replaced.has(worker),
      )
      .map(({ worker }) => ({ taskQueue: worker.options.taskQueue, ...workerHealth(worker) }));
  }

  /** A worker that has failed is not in use, though it may hold its connection for ever. */
  get inUse(): WorkersInUse {
    const used = this.#made.filter(isUsed);
    if (used.length === 0) return 'none';
    return used.every(({ isSupervised }) => isSupervised) ? 'supervised' : 'of the user';
  }

  /** Whether one of them may need this connection; one that has failed may, for the results of its activities. */
  has(native: WatchedConnection): boolean {
    return this.#made.some((one) => one.native === native && one.worker.getState() !== 'STOPPED');
  }

  /** A worker holds the connection from the moment it is made, and lets go of it only at the end of a run. */
  async endUnused(): Promise<void> {
    const unused = this.#made.filter(({ worker }) => worker.getState() === 'INITIALIZED');
    const run = ({ worker }: MadeWorker): Promise<unknown> => worker.runUntil(Promise.resolve());
    await Promise.allSettled(unused.map(run));
  }
}

function isUsed({ worker }: MadeWorker): boolean {
  return !['INITIALIZED', 'STOPPED', 'FAILED'].includes(worker.getState());
}
