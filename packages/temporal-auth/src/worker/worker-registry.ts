import type {
  ActivityInterceptorsFactory,
  NativeConnection,
  Worker,
  WorkerOptions,
} from '@temporalio/worker';
import type { MonitoredConnection } from './monitored-connection.ts';
import type { ResultReporter } from './results/result-reporter.ts';
import { workerHealth } from './supervision-health.ts';
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
  readonly monitored?: { readonly connection: MonitoredConnection; readonly namespace: string };
  /** `undefined` where Core reports the results. */
  readonly reporter?: ResultReporter | undefined;
}

/** The workers of a plugin, known by the interceptor that is among their options. */
export class WorkerRegistry {
  readonly #records = new WeakMap<ActivityInterceptorsFactory, WorkerRecord>();
  readonly #begun = new WeakSet<Worker>();
  readonly #ended = new WeakSet<Worker>();
  readonly #current = new Set<Worker>();

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

  /** Its health is reported from now on. */
  watch(worker: Worker): void {
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
    return this.workers.map((worker) => ({ taskQueue: worker.options.taskQueue, ...workerHealth(worker) }));
  }
}
