import type { WorkerHealth } from '../health/client-health.ts';
import type { SupervisedWorker } from '../worker/supervisor.ts';
import { supervisedHealth } from '../worker/supervision-health.ts';
import type { WorkerEventSink } from '../worker/worker-events.ts';

interface Run {
  readonly taskQueue: string;
  readonly done: Promise<void>;
}

/** The supervised workers of a client that have not ended in order; one that was given up, until another takes its task queue. */
export class SupervisedWorkers {
  readonly #runs = new Map<SupervisedWorker, Run>();
  readonly #events: WorkerEventSink;

  constructor(events: WorkerEventSink) {
    this.#events = events;
  }

  /** Those that run now, and those that will settle all the same. */
  get done(): readonly Promise<void>[] {
    return [...this.#runs.values()].map(({ done }) => done);
  }

  /**
   * Runs it.
   *
   * @throws what `SupervisedWorker.run` throws
   */
  async run(supervised: SupervisedWorker, taskQueue: string): Promise<void> {
    supervised.on('workerStarted', (event) => {
      this.#events.emit('workerStarted', { ...event, taskQueue });
    });
    supervised.on('workerFailed', (event) => {
      this.#events.emit('workerFailed', { ...event, taskQueue });
    });
    for (const [other, run] of this.#runs) {
      if (run.taskQueue === taskQueue && other.getState() === 'FAILED') this.#runs.delete(other);
    }
    const done = supervised.run();
    this.#runs.set(supervised, { taskQueue, done });
    await done;
    this.#runs.delete(supervised);
  }

  shutdown(): void {
    for (const supervised of this.#runs.keys()) supervised.shutdown();
  }

  health(): readonly WorkerHealth[] {
    return Array.from(this.#runs, ([supervised, { taskQueue }]) => ({
      taskQueue,
      ...supervisedHealth(supervised),
    }));
  }
}
