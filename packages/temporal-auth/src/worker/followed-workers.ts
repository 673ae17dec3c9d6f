import type {
  ActivityInterceptorsFactory,
  NativeConnection,
  Worker,
  WorkerOptions,
} from '@temporalio/worker';
import type { WorkerHealth } from '../health/client-health.ts';
import type { ResultReporter } from './results/result-reporter.ts';
import { workerHealth } from './supervision-health.ts';

/** What goes with a worker that is guarded. */
export interface Held {
  /** `undefined` where Core reports its results. */
  readonly reporter: ResultReporter | undefined;
}

type Followed = Pick<Worker, 'connection'>;

interface Begun {
  readonly connection: NativeConnection;
  readonly held: readonly Held[];
}

/** The workers that others have made on guarded connections, from their first run to the end. */
export class FollowedWorkers {
  /** By the interceptors that were given to workers. */
  readonly #holds = new WeakMap<ActivityInterceptorsFactory, Held>();
  /** The workers that run, or have run, with the connection that they were made on: it may be moved to another. */
  readonly #begun = new WeakMap<Followed, Begun>();
  readonly #ended = new WeakSet<Followed>();
  readonly #current = new Set<Worker>();

  /** Whoever is made with this interceptor is guarded. */
  hold(factory: ActivityInterceptorsFactory, held: Held): void {
    this.#holds.set(factory, held);
  }

  isHeld({ interceptors }: Pick<WorkerOptions, 'interceptors'>): boolean {
    return interceptors?.activity?.some((factory) => this.#holds.has(factory)) === true;
  }

  heldOf({ options }: Pick<Worker, 'options'>): readonly Held[] {
    return options.interceptors.activity.flatMap((factory) => this.#holds.get(factory) ?? []);
  }

  /** Resolves when the activities that a worker has left behind are reported; `undefined` when it has left none. */
  reported(worker: Followed): Promise<unknown> | undefined {
    const { held = [] } = this.#begun.get(worker) ?? {};
    const busy = held.flatMap(({ reporter }) => (reporter?.isIdle === false ? reporter.idle() : []));
    return busy.length === 0 ? undefined : Promise.all(busy);
  }

  /** @returns false when it was told before: a plugin that is given twice is told twice */
  begin(worker: Worker, connection: NativeConnection): boolean {
    if (this.#begun.has(worker)) return false;
    this.#begun.set(worker, { connection, held: this.heldOf(worker) });
    this.watch(worker);
    return true;
  }

  /** What goes with it begins. */
  serve(worker: Worker): void {
    for (const { reporter } of this.heldOf(worker)) reporter?.serve(worker);
  }

  /** Its health is told of; nothing else is done with it. */
  watch(worker: Worker): Worker {
    for (const other of this.#current) {
      const isOfQueue = other.options.taskQueue === worker.options.taskQueue;
      if (isOfQueue && other.getState() === 'FAILED') this.#current.delete(other);
    }
    this.#current.add(worker);
    return worker;
  }

  /** The connection that it was made on; `undefined` for one that never ran. */
  connectionOf(worker: Followed): NativeConnection | undefined {
    return this.#begun.get(worker)?.connection;
  }

  /** @returns false when it was told before */
  end(worker: Followed): boolean {
    if (this.#ended.has(worker)) return false;
    this.#ended.add(worker);
    return true;
  }

  /** Those that have not ended in order; one that has failed, until another takes its task queue. */
  health(): readonly WorkerHealth[] {
    const workers: WorkerHealth[] = [];
    for (const worker of this.#current) {
      if (worker.getState() === 'STOPPED') this.#current.delete(worker);
      else workers.push({ taskQueue: worker.options.taskQueue, ...workerHealth(worker) });
    }
    return workers;
  }
}
