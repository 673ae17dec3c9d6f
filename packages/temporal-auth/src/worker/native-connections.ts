import type {
  ActivityInterceptorsFactory,
  NativeConnection,
  Worker,
  WorkerOptions,
} from '@temporalio/worker';
import { handled } from '@worker-auth/inlined';
import { connectionClosed, switchedOff } from '../errors/own-errors.ts';
import { isHeldByWorkers } from '../errors/refusal.ts';
import { MonitoredConnection, type MonitoringOptions } from './monitored-connection.ts';
import { worstHealth } from './token-health.ts';
import { pollerDefaults } from './poller-defaults.ts';
import type { ResultReporter } from './results/result-reporter.ts';
import { WorkerRegistry } from './worker-registry.ts';
import type { TokenHealth } from './worker-states.ts';

/** Settings of {@link NativeConnections}. */
export interface NativeConnectionsOptions extends Omit<MonitoringOptions, 'onReplaced' | 'replacement'> {
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
}

/** What belongs to a worker whose options came from here. */
interface WorkerRecord {
  state: 'made' | 'begun' | 'ended';
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

const leftText =
  'A worker that has failed still holds its connection, which cannot be closed: end the process by process.exit()';

/** The native connections of a plugin, each kept on a token that Temporal accepts, and the workers on them. */
export class NativeConnections {
  readonly #options: NativeConnectionsOptions;
  /** By the first connection, which others know. */
  readonly #monitored = new Map<NativeConnection, MonitoredConnection>();
  readonly #firsts = new WeakMap<NativeConnection, NativeConnection>();
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
    return worstHealth([...this.#monitored.values()].map(({ health }) => health));
  }

  /** Gives a connection each new token until it is closed. */
  monitor(given: NativeConnection, isOurs = false): MonitoredConnection {
    const { replacement } = this.#options;
    if (replacement === undefined) throw switchedOff();
    const connection = this.#firsts.get(given) ?? given;
    const known = this.#monitored.get(connection);
    if (known?.updater.isClosed === false) return known;
    for (const [one, { updater }] of this.#monitored) if (updater.isClosed) this.#monitored.delete(one);
    const monitored = new MonitoredConnection(connection, isOurs, {
      ...{ ...this.#options, replacement },
      onReplaced: (next) => {
        this.#firsts.set(next, connection);
      },
    });
    this.#monitored.set(connection, monitored);
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
    const connection = options.connection ?? (await own?.opening);
    // It is closed by whoever has ended everything meanwhile.
    if (connection === undefined || (own !== undefined && !this.#owns.has(own))) throw connectionClosed();
    if (this.#options.replacement === undefined) {
      const interceptor: ActivityInterceptorsFactory = () => ({});
      this.#records.set(interceptor, { state: 'made', own });
      return { ...withInterceptor(options, interceptor), connection };
    }
    return this.#monitoredOptions(options, connection, own);
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
    record.monitored?.connection.add(worker);
    record.monitored?.release();
    record.reporter?.serve(worker);
  }

  /** A worker has ended. Its connection is closed, if it was opened here, as soon as the activities are reported that it has left behind. */
  async ended(worker: Worker): Promise<void> {
    const record = this.#recordOf(worker.options);
    if (record === undefined || record.state === 'ended') return;
    record.state = 'ended';
    const { reporter } = record;
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
    await Promise.all(all.map(([, monitored]) => monitored.stop()));
    const opened = await Promise.all(owns.map(({ opening }) => opening.catch(() => undefined)));
    const current = new Map(all.map(([first, { connection }]) => [first, connection]));
    for (const first of opened) if (first !== undefined) await this.#close(current.get(first) ?? first);
    // One that took the place of a connection of the user's.
    for (const [first, connection] of current)
      if (first !== connection && !opened.includes(first)) await this.#close(connection);
  }

  async #monitoredOptions(
    options: WorkerOptions,
    given: NativeConnection,
    own: OwnConnection | undefined,
  ): Promise<WorkerOptions> {
    const { logger, acknowledgeResults } = this.#options;
    const { namespace = 'default' } = options;
    const connection = this.monitor(given, own !== undefined);
    connection.enter(namespace);
    await connection.updater.updated();
    if (connection.updater.isClosed) throw connectionClosed();
    const reporter = acknowledgeResults ? await connection.reporter(namespace) : undefined;
    const interceptor = reporter?.interceptor ?? (() => ({}));
    const release = connection.reserve();
    const { connection: madeOn } = connection;
    const monitored = { connection, namespace, release };
    this.#records.set(interceptor, { state: 'made', own, reporter, monitored });
    const complete = withInterceptor({ ...options, ...pollerDefaults(options, logger) }, interceptor);
    return { ...complete, connection: madeOn };
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

  async #leave({ own, monitored }: WorkerRecord): Promise<void> {
    monitored?.release();
    monitored?.connection.leave(monitored.namespace);
    if (own === undefined || --own.users > 0 || !this.#owns.has(own)) return;
    this.#forget(own);
    const first = await own.opening;
    this.#monitored.delete(first);
    await monitored?.connection.stop();
    await this.#close(monitored?.connection.connection ?? first);
  }

  /** A worker that has failed may hold its connection for ever, and its own error is the one to be reported. */
  async #close(connection: NativeConnection): Promise<void> {
    try {
      await connection.close();
    } catch (error) {
      if (isHeldByWorkers(error)) this.#options.logger.warn(leftText);
    }
  }
}

function withInterceptor(options: WorkerOptions, interceptor: ActivityInterceptorsFactory): WorkerOptions {
  const { interceptors } = options;
  return {
    ...options,
    interceptors: { ...interceptors, activity: [interceptor, ...(interceptors?.activity ?? [])] },
  };
}
