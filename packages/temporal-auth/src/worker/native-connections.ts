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
import { worstHealth } from './token-health.ts';
import { pollerDefaults } from './poller-defaults.ts';
import { WorkerRegistry } from './worker-registry.ts';
import type { TokenHealth } from './worker-states.ts';

/** Settings of {@link NativeConnections}. */
export interface NativeConnectionsOptions extends Omit<MonitoringOptions, 'replacement'> {
  /** `undefined` where there is neither a token nor a certificate that rotates: nothing is monitored. */
  readonly replacement: MonitoringOptions['replacement'] | undefined;
  readonly acknowledgeResults: boolean;
  /** Opens the connection for workers that have none. */
  readonly open: (namespace: string) => Promise<NativeConnection>;
}

/** The connection for workers that have none. */
interface OwnConnection {
  readonly opening: Promise<NativeConnection>;
  /** The workers that were made, or are being made, on it and have not ended. */
  users: number;
  monitored?: MonitoredConnection | undefined;
}

/** What belongs to a worker whose options came from here. */
interface WorkerRecord {
  state: 'made' | 'begun' | 'ended';
  /** `undefined` for a worker with a connection of the user's. */
  readonly own: OwnConnection | undefined;
  /** `undefined` where nothing is monitored. */
  readonly use: ConnectionUse | undefined;
}

/** The native connections of a plugin, each kept on a token that Temporal accepts, and the workers on them. */
export class NativeConnections {
  readonly #options: NativeConnectionsOptions;
  readonly #monitored = new Set<MonitoredConnection>();
  /** The workers whose health is reported. */
  readonly workers = new WorkerRegistry();
  /** By the interceptor that is among the options of a worker. */
  readonly #records = new WeakMap<ActivityInterceptorsFactory, WorkerRecord>();
  /** Each is for workers that have no connection, until the last of them has ended. */
  readonly #owns = new Set<OwnConnection>();
  /** The one for the next worker. */
  #own: OwnConnection | undefined;

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
      if (!one.updater.isClosed && one.all.has(given)) return one;
      if (!one.updater.isClosed) continue;
      this.#monitored.delete(one);
      void one.stop();
    }
    const monitored = new MonitoredConnection(given, isOurs, { ...this.#options, replacement });
    this.#monitored.add(monitored);
    return monitored;
  }

  /**
   * The options of a worker, with all that it needs; the same when they are given once more. Without a connection it gets one, which is closed
   * when the last such worker has ended.
   *
   * @throws what {@link NativeConnectionsOptions.open} throws; StoppedError when all is ended meanwhile
   */
  async workerOptions(options: WorkerOptions): Promise<WorkerOptions> {
    if (this.#recordOf(options) !== undefined) return options;
    const { namespace = 'default' } = options;
    const own = options.connection === undefined ? this.#useOwn(namespace) : undefined;
    const given = options.connection ?? (await own?.opening);
    // It is closed by whoever has ended everything meanwhile.
    if (given === undefined || (own !== undefined && !this.#owns.has(own))) throw connectionClosed();
    const { replacement, acknowledgeResults, logger } = this.#options;
    const isMonitored = replacement !== undefined;
    const monitored = isMonitored ? this.monitor(given, own !== undefined) : undefined;
    if (own !== undefined) own.monitored = monitored;
    const use = await monitored?.use(namespace, acknowledgeResults);
    const interceptor: ActivityInterceptorsFactory = use?.reporter?.interceptor ?? (() => ({}));
    this.#records.set(interceptor, { state: 'made', own, use });
    const { interceptors } = options;
    return {
      ...options,
      ...(isMonitored && pollerDefaults(options, logger)),
      interceptors: { ...interceptors, activity: [interceptor, ...(interceptors?.activity ?? [])] },
      connection: use?.madeOn ?? given,
    };
  }

  /** No worker was made of these options after all. */
  async unmade(options: WorkerOptions): Promise<void> {
    const record = this.#recordOf(options);
    if (record !== undefined) await this.#leave(record);
  }

  /** A worker begins to run. */
  begin(worker: Worker): void {
    const record = this.#recordOf(worker.options);
    // A plugin that is given twice is asked twice.
    if (record?.state !== 'made') return;
    record.state = 'begun';
    this.workers.watch(worker, worker.options.taskQueue);
    record.use?.begin(worker);
  }

  /** A worker has ended. Its connection is closed, if it was opened here, as soon as the activities are reported that it has left behind. */
  async ended(worker: Worker): Promise<void> {
    const record = this.#recordOf(worker.options);
    if (record === undefined || record.state === 'ended') return;
    record.state = 'ended';
    const reporter = record.use?.reporter;
    if (reporter === undefined || reporter.isIdle) await this.#leave(record);
    else void reporter.idle().then(() => this.#leave(record));
  }

  /** The next worker without a connection gets a new one; the others keep theirs. */
  retireOwn(): void {
    this.#own = undefined;
  }

  /** Ends all monitoring. Connections that were opened here are closed. */
  async stop(): Promise<void> {
    const [owns, all] = [[...this.#owns], [...this.#monitored]];
    this.#own = undefined;
    this.#owns.clear();
    this.#monitored.clear();
    await Promise.all(all.map((monitored) => monitored.stop()));
    for (const own of owns) if (own.monitored === undefined) await this.#close(own);
  }

  /** `undefined` for options that are not from here. */
  #recordOf({ interceptors }: Pick<WorkerOptions, 'interceptors'>): WorkerRecord | undefined {
    return interceptors?.activity
      ?.map((one) => this.#records.get(one))
      .find((record) => record !== undefined);
  }

  #useOwn(namespace: string): OwnConnection {
    const own = (this.#own ??= { opening: handled(this.#options.open(namespace)), users: 0 });
    this.#owns.add(own);
    // Before any wait: the last worker may just be ending.
    own.users++;
    own.opening.catch(() => {
      this.#forget(own);
    });
    return own;
  }

  #forget(own: OwnConnection): void {
    this.#owns.delete(own);
    if (this.#own === own) this.#own = undefined;
  }

  async #leave({ own, use }: WorkerRecord): Promise<void> {
    use?.end();
    if (own === undefined || --own.users > 0 || !this.#owns.has(own)) return;
    this.#forget(own);
    if (own.monitored !== undefined) this.#monitored.delete(own.monitored);
    await this.#close(own);
  }

  async #close({ opening, monitored }: OwnConnection): Promise<void> {
    if (monitored !== undefined) return monitored.stop();
    const opened = await opening.catch(() => undefined);
    if (opened !== undefined) await closeUnheld(opened, this.#options.logger);
  }
}
