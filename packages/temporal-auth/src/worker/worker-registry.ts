import type { SupervisedState, WorkerHealth } from '@worker-auth/calls/conditions/worker-health';
import type { RunnableWorker } from './worker-run.ts';

/** What the health of a worker is taken from, in place of the worker. */
interface Supervisor {
  readonly worker: RunnableWorker | undefined;
  readonly restarts: number;
  getState(): SupervisedState;
}

type Watched = RunnableWorker | Supervisor;

const supervisors = new WeakMap<object, Supervisor>();

/** From now on the health of the worker is what its supervisor says, also where another one made it. */
export function setSupervisor(worker: object, supervisor: Supervisor): void {
  if (supervisors.has(worker))
    throw new TypeError('create() gave a worker that has run before: it must make a new one');
  supervisors.set(worker, supervisor);
}

/** The workers whose health is reported: those that have not ended in order, and one that has failed until another takes its task queue. */
export class WorkerRegistry {
  readonly #watched = new Map<Watched, string>();

  watch(one: Watched, taskQueue: string): void {
    for (const [other, queue] of this.#watched) {
      const state = other.getState();
      if (state === 'STOPPED' || (state === 'FAILED' && queue === taskQueue)) this.#watched.delete(other);
    }
    this.#watched.set(one, taskQueue);
  }

  /** Its end is not waited for any more. */
  forget(one: Watched): void {
    this.#watched.delete(one);
  }

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
    return Array.from(reported, ([one, taskQueue]) => {
      const { worker, restarts = 0 }: Partial<Supervisor> = 'restarts' in one ? one : {};
      // What has failed is seen by its supervisor within seconds: it is replaced, or given up.
      const state = worker?.getState() === 'FAILED' ? 'WAITING' : one.getState();
      return { taskQueue, state, restarts };
    });
  }
}
