import type {
  ActivityInterceptorsFactory,
  NativeConnection,
  Worker,
  WorkerOptions,
} from '@temporalio/worker';
import type { OptionsOf } from '@worker-auth/internal';
import { DeliveryLog } from '@worker-auth/calls/delivery/delivery-log';
import { connectionClosed } from '@worker-auth/calls/errors/own-errors';
import { closeUnheld } from './connection-replacer.ts';
import { MonitoredConnection } from './monitored-connection.ts';
import type { MonitoringOptions } from './probed-connection.ts';
import type { TokenHealth } from '@worker-auth/calls/conditions/worker-health';
import { WorkerPlace } from './worker-place.ts';
import { WorkerRegistry } from './worker-registry.ts';
import { pollerDefaults, shuttingDown } from './worker-run.ts';

export interface NativeConnectionsOptions extends Omit<MonitoringOptions, 'replacement'> {
  /** `undefined` where there is neither a token nor a certificate that rotates: nothing is monitored. */
  readonly replacement: MonitoringOptions['replacement'] | undefined;
  readonly open: (namespace: string) => Promise<NativeConnection>;
  readonly shutdownTimeoutMs: number;
}

/** Of the options of a worker, what the doctor looks at. */
export type WorkerMade = OptionsOf<Pick<WorkerOptions, 'namespace' | 'taskQueue' | 'connection' | 'plugins'>>;
/** A worker, from before it is made until it has ended. */
interface WorkerUse {
  /** Among its options. */
  readonly interceptor: ActivityInterceptorsFactory;
  /** Opened for workers that have no connection, until the last of them has ended; `undefined` for one of the user's. */
  own: Promise<NativeConnection> | undefined;
  /** `undefined` before there is a connection, and where nothing is monitored. */
  place?: WorkerPlace;
}

const worseAndWorse: readonly TokenHealth['kind'][] = ['good', 'unknown', 'unreachable', 'rejected'];

/** The native connections of a plugin, each kept on a token that Temporal accepts, and the workers on them. */
export class NativeConnections {
  readonly workers = new WorkerRegistry();
  readonly #options: NativeConnectionsOptions;
  readonly #monitored = new Set<MonitoredConnection>();
  /** The workers whose options came from here. */
  readonly #uses = new Set<WorkerUse>();
  /** Of each namespace. */
  readonly #logs = new Map<string, DeliveryLog>();
  /** The connection for the next worker that has none. */
  #own: Promise<NativeConnection> | undefined;
  /** In which it is, or was, opened. */
  #ownNamespace = '';
  /** When the shutdown of a worker was seen first, of those that are shut down at the same time; by the monotonic clock. */
  #shutdownMs = -Infinity;

  constructor(options: NativeConnectionsOptions) {
    this.#options = options;
  }

  /** The worst of the connections in use; `undefined` while none is. */
  get health(): TokenHealth | undefined {
    return worstOf([...this.#monitored]);
  }

  healthOf({ options }: Pick<Worker, 'options'>): TokenHealth | undefined {
    const place = this.#useOf(options)?.place;
    return worstOf(place ? [place.monitored] : []);
  }

  /** Gives a connection each new token until it is closed. */
  monitor(given: NativeConnection, isOurs = false): MonitoredConnection | undefined {
    const { replacement } = this.#options;
    return replacement && this.#monitor(given, isOurs, { ...this.#options, replacement });
  }

  #monitor(given: NativeConnection, isOurs: boolean, options: MonitoringOptions): MonitoredConnection {
    for (const known of this.#monitored) {
      if (known.token.isClosed) {
        this.#monitored.delete(known);
        void known.stop();
      } else if (known.all.has(given)) return known;
    }
    const monitored = new MonitoredConnection(given, isOurs, options);
    this.#monitored.add(monitored);
    return monitored;
  }

  /** The same when they are given once more. Without a connection a worker gets one, which is closed when the last such worker has ended. */
  async workerOptions(options: WorkerOptions): Promise<WorkerOptions> {
    if (this.#useOf(options) !== undefined) return options;
    const { namespace = 'default', interceptors, connection } = options;
    const opened = connection === undefined ? (this.#own ??= this.#open(namespace)) : undefined;
    const isOfOther = opened !== undefined && this.#ownNamespace !== namespace;
    const use: WorkerUse = {
      own: opened,
      interceptor: (context) => use.place?.reporter?.interceptor(context) ?? {},
    };
    // Before any wait: the last worker on the same connection may just be ending.
    this.#uses.add(use);
    try {
      const given = connection ?? (await opened);
      // It is closed by whoever has ended everything meanwhile.
      if (given === undefined || use.own !== opened) throw connectionClosed();
      const monitored = this.monitor(given, opened !== undefined);
      if (monitored !== undefined) use.place = this.#placeOn(monitored, namespace);
      return {
        ...options,
        ...(monitored && pollerDefaults(options)),
        interceptors: { ...interceptors, activity: [use.interceptor, ...(interceptors?.activity ?? [])] },
        connection: (await use.place?.ready()) ?? given,
      };
    } catch (error) {
      const isStopped = use.own !== opened;
      await this.#leave(use);
      // What is rejected in the namespace of another worker may not be in its own.
      if (isOfOther && !isStopped) return this.workerOptions(options);
      throw error;
    }
  }

  /** Of the workers that run. */
  get workerOptionsInUse(): readonly WorkerMade[] {
    const workers = [...this.#uses].flatMap(({ place }) => place?.worker ?? []);
    return workers.map(({ options, connection }) => ({ ...options, connection }));
  }

  /** Whether a worker is being made. */
  get isMaking(): boolean {
    return [...this.#uses].some(({ place }) => place?.worker === undefined);
  }

  /** Resolves when each token that came until now is in use on all connections, or was tried. */
  async updated(): Promise<void> {
    await Promise.all([...this.#monitored].map(({ token }) => token.updated()));
  }

  /** A worker begins to run; it does once, though a plugin that is given twice is asked twice. */
  begin(worker: Worker): void {
    const use = this.#useOf(worker.options);
    if (use === undefined) return;
    this.workers.watch(worker, worker.options.taskQueue);
    use.place?.begin(worker);
  }

  /** Follows the connection of a worker. From its shutdown on, its results are sent for `shutdownTimeoutMs`. */
  look(worker: Worker): void {
    const place = this.#useOf(worker.options)?.place;
    place?.follow();
    if (shuttingDown.includes(worker.getState())) place?.endAt(this.#endMs());
  }

  /** A worker has been shut down; its results are sent as in {@link look}, those that keep no slot too. */
  async drained({ options }: Worker): Promise<void> {
    const place = this.#useOf(options)?.place;
    if (place?.reporter?.idle === undefined) return;
    place.endAt(this.#endMs());
    await place.reporter.idle;
  }

  /** Also of options of which no worker was made. A connection that was opened here is closed when the activities are reported that are left behind. */
  async ended({ options }: { readonly options: Pick<WorkerOptions, 'interceptors'> }): Promise<void> {
    const use = this.#useOf(options);
    const idle = use?.place?.reporter?.idle;
    if (idle === undefined) await this.#leave(use);
    else void idle.then(() => this.#leave(use));
  }

  /** The next worker without a connection gets a new one; the others keep theirs. */
  retireOwn(): void {
    this.#own = undefined;
  }

  async stop(): Promise<void> {
    const opened = new Set(Array.from(this.#uses, (use) => use.own));
    this.#own = undefined;
    for (const use of this.#uses) {
      use.own = undefined;
      use.place?.follow();
    }
    const endMs = this.#endMs();
    await Promise.all([...opened].map((opening) => this.#close(opening, endMs)));
    await Promise.all([...this.#monitored].map((monitored) => monitored.stop(endMs)));
  }

  /** When what is shut down now has ended. */
  #endMs(): number {
    const { clock, shutdownTimeoutMs } = this.#options;
    const nowMs = clock.monotonicNow();
    if (nowMs - this.#shutdownMs > 2 * shutdownTimeoutMs) this.#shutdownMs = nowMs;
    return this.#shutdownMs + shutdownTimeoutMs;
  }

  #placeOn(monitored: MonitoredConnection, namespace: string): WorkerPlace {
    const { options } = monitored;
    const log = this.#logs.get(namespace) ?? new DeliveryLog(options, namespace);
    this.#logs.set(namespace, log);
    return new WorkerPlace(monitored, {
      namespace,
      log: options.acknowledgeResults ? log : undefined,
      monitor: (connection) => this.#monitor(connection, false, options),
    });
  }

  #open(namespace: string): Promise<NativeConnection> {
    const opening = this.#options.open(namespace);
    this.#ownNamespace = namespace;
    opening.catch(() => {
      if (this.#own === opening) this.#own = undefined;
    });
    return opening;
  }

  /** `undefined` for options that are not from here. */
  #useOf({ interceptors }: Pick<WorkerOptions, 'interceptors'>): WorkerUse | undefined {
    return [...this.#uses].find(({ interceptor }) => interceptors?.activity?.includes(interceptor));
  }

  async #leave(use: WorkerUse | undefined): Promise<void> {
    if (use === undefined || !this.#uses.delete(use)) return;
    use.place?.leave();
    if ([...this.#uses].some((other) => other.own === use.own)) return;
    if (this.#own === use.own) this.#own = undefined;
    await this.#close(use.own);
  }

  async #close(opening: Promise<NativeConnection> | undefined, endMs?: number): Promise<void> {
    const connection = await opening?.catch(() => undefined);
    if (connection === undefined) return;
    const monitored = [...this.#monitored].find(({ all }) => all.has(connection));
    if (monitored === undefined) return closeUnheld(connection, this.#options.logger);
    this.#monitored.delete(monitored);
    await monitored.stop(endMs);
  }
}

function worstOf(monitored: readonly MonitoredConnection[]): TokenHealth | undefined {
  const severity = ({ kind }: TokenHealth): number => worseAndWorse.indexOf(kind);
  const all = monitored.flatMap(({ healths }) => healths);
  const [worst] = all.sort((a, b) => severity(b) - severity(a));
  return worst && { ...worst, wasAccepted: all.every(({ wasAccepted }) => wasAccepted) };
}
