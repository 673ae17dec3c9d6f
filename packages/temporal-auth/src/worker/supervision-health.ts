import type { WorkerHealth } from './worker-states.ts';

/** What a supervisor says of its workers. */
export type Supervisor = Pick<WorkerHealth, 'restarts'> & {
  /** The worker that runs now. */
  readonly worker: { getState(): WorkerHealth['state'] } | undefined;
  getState(): WorkerHealth['state'];
};

/** How a worker is, and how many came before it. */
type Supervised = Pick<WorkerHealth, 'state' | 'restarts'>;

const supervisors = new WeakMap<object, Supervisor>();

/** From now on the health of the worker is what its supervisor says, whoever made it. */
export function setSupervisor(worker: object, supervisor: Supervisor): void {
  supervisors.set(worker, supervisor);
}

/** What has failed is seen by its supervisor within seconds: it is replaced, or given up. */
export function supervisedHealth(supervisor: Supervisor): Supervised {
  const { worker, restarts } = supervisor;
  return { state: worker?.getState() === 'FAILED' ? 'WAITING' : supervisor.getState(), restarts };
}

/** The supervisor of a worker; `undefined` for one that is not supervised. */
export function supervisorOf(worker: object): Supervisor | undefined {
  return supervisors.get(worker);
}

/** How a worker is that may be supervised or not. */
export function workerHealth(worker: { getState(): WorkerHealth['state'] }): Supervised {
  const supervisor = supervisors.get(worker);
  return supervisor === undefined ? { state: worker.getState(), restarts: 0 } : supervisedHealth(supervisor);
}
