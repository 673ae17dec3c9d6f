import type {
  ActivityInterceptorsFactory,
  NativeConnection,
  Worker,
  WorkerOptions,
} from '@temporalio/worker';
import type { MonitoredConnection } from './monitored-connection.ts';
import type { ResultReporter } from './results/result-reporter.ts';
import { supervisedHealth, type Supervisor, supervisorOf, workerHealth } from './supervision-health.ts';
import type { WorkerHealth } from './worker-states.ts';

/** The connection for workers that have none. */
export interface OwnConnection {
  readonly opening: Promise<NativeConnection>;
  /** The workers that were made, or are being made, on it and have not ended. */
  users: number;
}

/** What belongs to a worker whose options came from here. */
export interface WorkerRecord {
  /** `undefined` for a worker with a connection of the user's. */
  readonly own: OwnConnection | undefined;
  /** Absent where nothing is monitored. */
  readonly monitored?: {
    readonly connection: MonitoredConnection;
    readonly namespace: string;
    /** Lets the connection go that the worker is made on; may be called again. */
    readonly release: () => void;
  };
  /** `undefined` where Core reports the results. */
  readonly reporter?: ResultReporter | undefined;
}

/** The workers of a plugin, known by the interceptor that is among their options. */
export class WorkerRegistry {
  readonly #records = new WeakMap<ActivityInterceptorsFactory, WorkerRecord>();
  readonly #begun = new WeakSet<Worker>();
  readonly #ended = new WeakSet<Worker>();
  readonly #current = new Set<Worker>();
  /** With their task queues. */
  readonly #supervisors = new Map<Supervisor, string>();

  /** A worker with this interceptor has the record. */
  add(interceptor: ActivityInterceptorsFactory, record: WorkerRecord): void {
    this.#records.set(interceptor, record);
  }

  /** The record of a worker by its options; `undefined` for one that is not from here. */
  recordOf({ interceptors }: Pick<WorkerOptions, 'interceptors'>): WorkerRecord | undefined {
    for (const factory of interceptors?.activity ?? []) {
      const record = this.#records.get(factory);
      if (record !== undefined) return record;
    }
    return undefined;
  }

  /** @returns false for one that has begun before: a plugin that is given twice is asked twice */
  begin(worker: Worker): boolean {
    if (this.#begun.has(worker)) return false;
    this.#begun.add(worker);
    this.watch(worker);
    return true;
  }

  /** @returns false for one that has ended before */
  end(worker: Worker): boolean {
    if (this.#ended.has(worker)) return false;
    this.#ended.add(worker);
    return true;
  }

  /**
   * Its health is reported from now on, in place of that of its workers: until it has ended in order, or has failed and another takes its task
   * queue.
   */
  supervise(supervisor: Supervisor, taskQueue: string): void {
    this.#forgetFailed(taskQueue);
    this.#supervisors.set(supervisor, taskQueue);
  }

  /** Its health is reported from now on. */
  watch(worker: Worker): void {
    this.#forgetFailed(worker.options.taskQueue);
    for (const other of this.#current) {
      const isOfQueue = other.options.taskQueue === worker.options.taskQueue;
      if (isOfQueue && other.getState() === 'FAILED') this.#current.delete(other);
    }
    this.#current.add(worker);
  }

  /** Those that have not ended in order; one that has failed, until another takes its task queue. */
  get workers(): readonly Worker[] {
    for (const worker of this.#current) {
      if (worker.getState() === 'STOPPED') this.#current.delete(worker);
    }
    return [...this.#current];
  }

  health(): readonly WorkerHealth[] {
    for (const supervisor of this.#supervisors.keys()) {
      if (supervisor.getState() === 'STOPPED') this.#supervisors.delete(supervisor);
    }
    const isSupervised = (worker: Worker): boolean => {
      const supervisor = supervisorOf(worker);
      return supervisor !== undefined && this.#supervisors.has(supervisor);
    };
    const others = this.workers.filter((worker) => !isSupervised(worker));
    return [
      ...others.map((worker) => ({ taskQueue: worker.options.taskQueue, ...workerHealth(worker) })),
      ...Array.from(this.#supervisors, ([one, taskQueue]) => ({ taskQueue, ...supervisedHealth(one) })),
    ];
  }

  #forgetFailed(taskQueue: string): void {
    for (const [supervisor, queue] of this.#supervisors) {
      if (queue === taskQueue && supervisor.getState() === 'FAILED') this.#supervisors.delete(supervisor);
    }
  }
}
