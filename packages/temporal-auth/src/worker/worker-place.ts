import type { NativeConnection, Worker } from '@temporalio/worker';
import type { DeliveryLog } from '@worker-auth/calls/delivery/delivery-log';
import type { WorkflowService } from '../delivery/result-request.ts';
import { ResultReporter } from '../delivery/result-reporter.ts';
import { ResultSender } from '@worker-auth/calls/delivery/result-sender';
import type { DeliveryPlace } from '@worker-auth/calls/delivery/task-calls';
import { connectionClosed } from '@worker-auth/calls/errors/own-errors';
import type { MonitoredConnection } from './monitored-connection.ts';
import type { PlacedWorker } from './probed-connection.ts';

export interface WorkerPlaceOptions {
  readonly namespace: string;
  /** `undefined` where Core reports the results. */
  readonly log: DeliveryLog | undefined;
  /** The monitored one of a connection. */
  readonly monitor: (connection: NativeConnection) => MonitoredConnection;
}

/**
 * Which connection a worker is on, from before it is made until it has ended: the one that its user gave it last, or what took the place of that.
 * Its results are sent there, also those that are pending.
 */
export class WorkerPlace implements DeliveryPlace<WorkflowService>, PlacedWorker {
  readonly namespace: string;
  madeOn: NativeConnection | undefined;
  worker: Worker | undefined;
  /** `undefined` where Core reports the results. */
  reporter: ResultReporter | undefined;
  readonly #options: WorkerPlaceOptions;
  readonly #ending = new AbortController();
  readonly ending: AbortSignal = this.#ending.signal;
  #monitored: MonitoredConnection;
  /** The connection that the worker had last. */
  #seen: NativeConnection | undefined;
  #sender: ResultSender<WorkflowService> | undefined;

  constructor(monitored: MonitoredConnection, options: WorkerPlaceOptions) {
    this.#monitored = monitored;
    this.#options = options;
    this.namespace = options.namespace;
    monitored.add(this);
  }

  /** Resolves to what the worker is to be made on. */
  async ready(): Promise<NativeConnection> {
    const { token } = this.#monitored;
    await token.updated();
    if (token.isClosed) throw connectionClosed();
    return (this.madeOn = token.connection);
  }

  begin(worker: Worker): void {
    if (this.worker !== undefined) return;
    this.worker = worker;
    this.#monitored.begin(worker);
    const { log, namespace } = this.#options;
    if (log === undefined) return;
    this.#sender = new ResultSender(this, namespace, log);
    this.reporter = new ResultReporter(this.#sender, worker, this.#monitored.options);
  }

  get monitored(): MonitoredConnection {
    return this.#monitored;
  }

  follow(): MonitoredConnection {
    const { worker } = this;
    const before = this.#monitored;
    if (worker?.connection === undefined || worker.connection === this.#seen || this.ending.aborted)
      return before;
    this.#seen = worker.connection;
    // His own may have been replaced before he gave it once more.
    if (before.all.has(this.#seen)) before.begin(worker);
    else {
      this.#monitored = this.#options.monitor(this.#seen);
      this.#monitored.add(this);
      before.remove(this);
      this.#sender?.wake();
    }
    return this.#monitored;
  }

  endAt(atMs: number): void {
    this.reporter?.endAt(atMs);
  }

  async settled(): Promise<void> {
    await this.#sender?.settled();
  }

  leave(): void {
    this.#ending.abort();
    this.#monitored.remove(this);
  }

  get address(): string | undefined {
    return this.#monitored.address;
  }

  get options(): DeliveryPlace<WorkflowService>['options'] {
    return this.#monitored.options;
  }

  get token(): DeliveryPlace<WorkflowService>['token'] {
    return this.follow().token;
  }

  explain(error: unknown, namespace: string, lacking?: string): string {
    return this.#monitored.explain(error, namespace, lacking);
  }

  accepted(namespace: string): void {
    this.#monitored.accepted(namespace);
  }

  get judge(): NonNullable<DeliveryPlace<WorkflowService>['judge']> {
    return this.#monitored.judge;
  }

  silent(namespace: string): Promise<boolean> {
    return this.follow().silent(namespace);
  }
}
