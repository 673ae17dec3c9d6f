import type {
  ActivityInterceptorsFactory,
  NativeConnection,
  Worker,
  WorkerOptions,
} from '@temporalio/worker';
import { handled } from '@worker-auth/internal';
import { connectionClosed, switchedOff } from '../errors/own-errors.ts';
import { closeUnheld } from './moved-worker.ts';
import { type ConnectionUse, MonitoredConnection, type MonitoringOptions } from './monitored-connection.ts';
import { type TokenHealth, worstHealth } from './worker-health.ts';
import { pollerDefaults } from './poller-defaults.ts';
import { WorkerRegistry } from './worker-registry.ts';

export interface NativeConnectionsOptions extends Omit<MonitoringOptions, 'replacement'> {
  /** `undefined` where there is neither a token nor a certificate that rotates: nothing is monitored. */
  readonly replacement: MonitoringOptions['replacement'] | undefined;
  /** Opens the connection for workers that have none. */
  readonly open: (namespace: string) => Promise<NativeConnection>;
}

/** A worker whose options came from here, from before it is made until it has ended. */
interface WorkerRecord {
  /** Among its options. */
  readonly interceptor: ActivityInterceptorsFactory;
  /** `undefined` for a worker with a connection of the user's. */
  readonly own: Promise<NativeConnection> | undefined;
  /** `undefined` where nothing is monitored. */
  use?: ConnectionUse | undefined;
}

/** The native connections of a plugin, each kept on a token that Temporal accepts, and the workers on them. */
export class NativeConnections {
  readonly workers = new WorkerRegistry();
  readonly #options: NativeConnectionsOptions;
  readonly #monitored = new Set<MonitoredConnection>();
  readonly #records = new Set<WorkerRecord>();
  /** Each is for workers that have no connection, until the last of them has ended. */
  readonly #owns = new Set<Promise<NativeConnection>>();
  /** The one for the next worker. */
  #own: Promise<NativeConnection> | undefined;

  constructor(options: NativeConnectionsOptions) {
    this.#options = options;
  }

  /** The worst of the connections in use; `undefined` while none is. */
  get health(): TokenHealth | undefined {
    return worstHealth([...this.#monitored].map(({ health }) => health));
  }

  /** Gives a connection each new token until it is closed. */
  monitor(given: NativeConnection, isOurs = false): MonitoredConnection {
    const { replacement } = this.#options;
    if (replacement === undefined) throw switchedOff();
    for (const one of this.#monitored) {
      if (one.updater.isClosed) {
        this.#monitored.delete(one);
        void one.stop();
      } else if (one.all.has(given)) return one;
    }
    const monitored = new MonitoredConnection(given, isOurs, { ...this.#options, replacement });
    this.#monitored.add(monitored);
    return monitored;
  }

  /**
   * The options of a worker, with all that it needs; the same when they are given once more. Without a connection it gets one, which is closed
   * when the last such worker has ended.
   */
  async workerOptions(options: WorkerOptions): Promise<WorkerOptions> {
    if (this.#recordOf(options) !== undefined) return options;
    const { namespace = 'default', interceptors } = options;
    const own = options.connection === undefined ? this.#ownFor(namespace) : undefined;
    const record: WorkerRecord = {
      own,
      interceptor: (context) => record.use?.reporter?.interceptor(context) ?? {},
    };
    // Before any wait: the last worker on the same connection may just be ending.
    this.#records.add(record);
    try {
      const given = options.connection ?? (await own);
      // It is closed by whoever has ended everything meanwhile.
      if (given === undefined || (own !== undefined && !this.#owns.has(own))) throw connectionClosed();
      const isMonitored = this.#options.replacement !== undefined;
      const monitored = isMonitored ? this.monitor(given, own !== undefined) : undefined;
      record.use = await monitored?.use(namespace);
      return {
        ...options,
        ...(isMonitored && pollerDefaults(options)),
        interceptors: { ...interceptors, activity: [record.interceptor, ...(interceptors?.activity ?? [])] },
        connection: record.use?.madeOn ?? given,
      };
    } catch (error) {
      await this.#leave(record);
      throw error;
    }
  }

  /** No worker was made of these options after all. */
  async unmade(options: WorkerOptions): Promise<void> {
    await this.#leave(this.#recordOf(options));
  }

  /** A worker begins to run; it does once, though a plugin that is given twice is asked twice. */
  begin(worker: Worker): void {
    const record = this.#recordOf(worker.options);
    if (record === undefined) return;
    this.workers.watch(worker, worker.options.taskQueue);
    if (record.use !== undefined) record.use.on.begin(record.use, worker);
  }

  /** A worker has ended. Its connection is closed, if it was opened here, as soon as the activities are reported that it has left behind. */
  async ended(worker: Worker): Promise<void> {
    const record = this.#recordOf(worker.options);
    const idle = record?.use?.reporter?.idle;
    if (idle === undefined) await this.#leave(record);
    else void idle.then(() => this.#leave(record));
  }

  /** The next worker without a connection gets a new one; the others keep theirs. */
  retireOwn(): void {
    this.#own = undefined;
  }

  /** Ends all monitoring. Connections that were opened here are closed. */
  async stop(): Promise<void> {
    const owns = [...this.#owns];
    this.#own = undefined;
    this.#owns.clear();
    await Promise.all(owns.map((own) => this.#close(own)));
    await Promise.all([...this.#monitored].map((monitored) => monitored.stop()));
    this.#monitored.clear();
  }

  /** `undefined` for options that are not from here. */
  #recordOf({ interceptors }: Pick<WorkerOptions, 'interceptors'>): WorkerRecord | undefined {
    return [...this.#records].find(({ interceptor }) => interceptors?.activity?.includes(interceptor));
  }

  #ownFor(namespace: string): Promise<NativeConnection> {
    this.#own ??= handled(this.#options.open(namespace));
    this.#owns.add(this.#own);
    return this.#own;
  }

  async #leave(record: WorkerRecord | undefined): Promise<void> {
    if (record === undefined || !this.#records.delete(record)) return;
    const { own, use } = record;
    if (use !== undefined) use.on.end(use);
    if (own === undefined || [...this.#records].some((other) => other.own === own)) return;
    if (!this.#owns.delete(own)) return;
    if (this.#own === own) this.#own = undefined;
    await this.#close(own);
  }

  async #close(own: Promise<NativeConnection>): Promise<void> {
    const opened = await own.catch(() => undefined);
    if (opened === undefined) return;
    const monitored = [...this.#monitored].find(({ all }) => all.has(opened));
    if (monitored === undefined) return closeUnheld(opened, this.#options.logger);
    this.#monitored.delete(monitored);
    await monitored.stop();
  }
}
