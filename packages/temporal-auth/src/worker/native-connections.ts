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
import type { Supervisor } from './supervision-health.ts';
import { worstHealth } from './token-health.ts';
import { logPollers, pollerDefaults } from './poller-defaults.ts';
import { type OwnConnection, type WorkerRecord, WorkerRegistry } from './worker-registry.ts';
import type { TokenHealth, WorkerHealth } from './worker-states.ts';

/** Settings of {@link NativeConnections}. */
export interface NativeConnectionsOptions extends Omit<MonitoringOptions, 'onReplaced' | 'replacement'> {
  /** `undefined` where there is neither a token nor a certificate that rotates: nothing is monitored. */
  readonly replacement: MonitoringOptions['replacement'] | undefined;
  readonly acknowledgeResults: boolean;
  /** Opens the connection for workers that have none. */
  readonly open: (namespace: string) => Promise<NativeConnection>;
}

const leftText =
  'A worker that has failed still holds its connection, which cannot be closed: end the process by process.exit()';

/** The native connections of a plugin, each kept on a token that Temporal accepts, and the workers on them. */
export class NativeConnections {
  readonly #options: NativeConnectionsOptions;
  /** By the first connection, which others know. */
  readonly #monitored = new Map<NativeConnection, MonitoredConnection>();
  readonly #firsts = new WeakMap<NativeConnection, NativeConnection>();
  readonly #workers = new WorkerRegistry();
  /** Each is for workers that have no connection, until the last of them has ended. */
  readonly #owns = new Set<OwnConnection>();
  /** The one for the next worker. */
  #own: OwnConnection | undefined;

  constructor(options: NativeConnectionsOptions) {
    this.#options = options;
  }

  /** The workers that have not ended in order. */
  get workers(): readonly Worker[] {
    return this.#workers.workers;
  }

  /** The worst of the connections in use; `undefined` while none is. */
  get health(): TokenHealth | undefined {
    return worstHealth([...this.#monitored.values()].map(({ health }) => health));
  }

  /** The health of the supervisor is reported in place of that of its workers. */
  supervise(supervisor: Supervisor, taskQueue: string): void {
    this.#workers.supervise(supervisor, taskQueue);
  }

  /** The health of the worker is reported before its first run too. */
  watch(worker: Worker): void {
    this.#workers.watch(worker);
  }

  workerHealth(): readonly WorkerHealth[] {
    return this.#workers.health();
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
    if (this.#workers.recordOf(options) !== undefined) return options;
    const { namespace = 'default' } = options;
    const own = options.connection === undefined ? this.#useOwn(namespace) : undefined;
    const connection = options.connection ?? (await own?.opening);
    // It is closed by whoever has ended everything meanwhile.
    if (connection === undefined || (own !== undefined && !this.#owns.has(own))) throw connectionClosed();
    if (this.#options.replacement === undefined) {
      const interceptor: ActivityInterceptorsFactory = () => ({});
      this.#workers.add(interceptor, { own });
      return { ...withInterceptor(options, interceptor), connection };
    }
    return this.#monitoredOptions(options, connection, own);
  }

  /** No worker was made of these options after all. */
  async unmade(options: WorkerOptions): Promise<void> {
    const record = this.#workers.recordOf(options);
    if (record !== undefined) await this.#leave(record);
  }

  /** A worker begins to run. */
  begin(worker: Worker): void {
    const record = this.#workers.recordOf(worker.options);
    if (record === undefined || !this.#workers.begin(worker)) return;
    record.monitored?.connection.add(worker);
    record.monitored?.release();
    record.reporter?.serve(worker);
  }

  /** A worker has ended. Its connection is closed, if it was opened here, as soon as the activities are reported that it has left behind. */
  async ended(worker: Worker): Promise<void> {
    const record = this.#workers.recordOf(worker.options);
    if (record === undefined || !this.#workers.end(worker)) return;
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
    this.#workers.add(interceptor, { own, reporter, monitored: { connection, namespace, release } });
    const pollers = pollerDefaults(options);
    logPollers(pollers, logger, options.taskQueue);
    const complete = withInterceptor({ ...options, ...pollers.options }, interceptor);
    return { ...complete, connection: madeOn };
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
