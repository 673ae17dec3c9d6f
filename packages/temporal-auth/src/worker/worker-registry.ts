import type { SupervisedWorker } from './supervisor.ts';
import type { RunnableWorker } from './worker-run.ts';
import type { WorkerHealth } from './worker-health.ts';

type Supervisor = Pick<SupervisedWorker<RunnableWorker>, 'restarts' | 'getState' | 'worker'>;

type Watched = RunnableWorker | Supervisor;

const supervisors = new WeakMap<object, Supervisor>();

/** From now on the health of the worker is what its supervisor says, whoever made it. */
export function setSupervisor(worker: object, supervisor: Supervisor): void {
  if (supervisors.has(worker))
    throw new TypeError('create() gave a worker that has run before: it must make a new one');
  supervisors.set(worker, supervisor);
}

/** The workers whose health is reported: those that have not ended in order, and one that has failed until another takes its task queue. */
export class WorkerRegistry {
  readonly #watched = new Map<Watched, string>();

  /** The health of the worker, or of all workers of the supervisor, is reported from now on. */
  watch(one: Watched, taskQueue: string): void {
    for (const [other, queue] of this.#watched)
      if (queue === taskQueue && other.getState() === 'FAILED') this.#watched.delete(other);
    this.#watched.set(one, taskQueue);
  }

  /** The workers that no supervisor runs. */
  get unsupervised(): readonly RunnableWorker[] {
    const all = [...this.#watched.keys()];
    return all.flatMap((one) => ('restarts' in one || supervisors.has(one) ? [] : [one]));
  }

  health(): readonly WorkerHealth[] {
    const reported = new Map<Watched, string>();
    for (const [one, taskQueue] of this.#watched) {
      if (one.getState() === 'STOPPED') this.#watched.delete(one);
      else reported.set(supervisors.get(one) ?? one, taskQueue);
    }
    return Array.from(reported, ([one, taskQueue]) => ({ taskQueue, ...healthOf(one) }));
  }
}

function healthOf(one: Watched): Omit<WorkerHealth, 'taskQueue'> {
  if (!('restarts' in one)) return { state: one.getState(), restarts: 0 };
  const { worker, restarts } = one;
  // What has failed is seen by its supervisor within seconds: it is replaced, or given up.
  return { state: worker?.getState() === 'FAILED' ? 'WAITING' : one.getState(), restarts };
}
