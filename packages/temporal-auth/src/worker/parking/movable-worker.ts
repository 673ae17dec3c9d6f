import type { NativeConnection, Worker } from '@temporalio/worker';
import { hasEnded } from '../moved-worker.ts';

/** Those that poll, or are going to. */
const pollingStates: ReadonlySet<ReturnType<Worker['getState']>> = new Set(['INITIALIZED', 'RUNNING']);

/** A worker between two connections: the one to Temporal, whichever that is now, and the one to where it is parked. */
export class MovableWorker {
  readonly #worker: Worker;
  readonly #temporal: () => NativeConnection;
  #hasKeptClient = false;

  constructor(worker: Worker, temporal: () => NativeConnection) {
    this.#worker = worker;
    this.#temporal = temporal;
  }

  get hasEnded(): boolean {
    return hasEnded(this.#worker);
  }

  get taskQueue(): string {
    return this.#worker.options.taskQueue;
  }

  /**
   * Moves it from Temporal to `parked`. One that shuts down stays: it polls no more, and what it still has to tell is for Temporal.
   *
   * The client of its activities stays at Temporal. They keep the one that they began with, and tasks come over open polls while the worker is
   * parked: such an activity would have a client that leads nowhere for as long as it runs.
   */
  park(parked: NativeConnection): void {
    const worker = this.#worker;
    if (worker.connection !== this.#temporal() || !pollingStates.has(worker.getState())) return;
    const { client } = worker;
    worker.connection = parked;
    // One that follows is there for good.
    this.#hasKeptClient = !Object.hasOwn(worker, 'client');
    if (this.#hasKeptClient) Object.defineProperty(worker, 'client', { value: client, configurable: true });
  }

  /** Moves it from `parked` to Temporal, one that shuts down too: the outcomes of its activities are yet to come. */
  unpark(parked: NativeConnection): void {
    const worker = this.#worker;
    if (worker.connection !== parked || this.hasEnded) return;
    worker.connection = this.#temporal();
    if (this.#hasKeptClient) Reflect.deleteProperty(worker, 'client');
  }
}
