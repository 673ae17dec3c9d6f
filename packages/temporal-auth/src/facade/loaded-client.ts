import type { Client, Connection } from '@temporalio/client';
import type { Logger } from '@temporalio/common';
import type { ActivityInterceptorsFactory, Worker, WorkerOptions } from '@temporalio/worker';
import type { Clock, OptionsOf } from '@worker-auth/inlined';
import type { CreateWorkerOptions } from '../configuration/client-options.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { closedError, workersRunning } from '../errors/own-errors.ts';
import { isTransportError } from '../errors/refusal.ts';
import { messageOf, translate, type TemporalTarget } from '../errors/translate.ts';
import type { ApplicationTokens } from '../tokens/application-tokens.ts';
import { holdActivities } from '../worker/hold.ts';
import { pollerDefaults } from '../worker/poller-defaults.ts';
import type { SupervisedWorker } from '../worker/supervisor.ts';
import type { SupervisionSettings } from '../worker/supervisor-options.ts';
import type { WatchedConnection } from '../worker/watched-connection.ts';
import { MadeWorkers } from './made-workers.ts';
import { WorkerConnections } from './worker-connections.ts';

const autoscalingText =
  'The pollers of the worker scale, so that a refusal never ends it for good; for fixed ones set ' +
  "workflowTaskPollerBehavior: { type: 'simple-maximum' }, and so on";

const leftText =
  'A worker that has failed still holds its connection, which cannot be closed: end the process by process.exit()';

/** What a worker is made with. */
export type WorkerSettings = Omit<CreateWorkerOptions, 'autoStartTokenRefresh'>;

/** {@link WorkerSettings} by Temporal's names. */
type PreparedSettings = Omit<WorkerSettings, 'maxConcurrentActivities'> & { readonly taskQueue: string };

/** What a client has once it is loaded. */
export interface LoadedClientParts {
  readonly client: Client;
  readonly connection: Connection;
  readonly settings: ConnectionSettings;
  readonly target: TemporalTarget;
  readonly tokens: ApplicationTokens | undefined;
  readonly applicationName: string;
  readonly connectTimeoutMs: number;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly logger: Logger;
}

/** The open connections of a client, and the workers made on them. */
export class LoadedClient {
  readonly client: Client;
  readonly #parts: LoadedClientParts;
  readonly #closing = new AbortController();
  readonly #creations = new Set<Promise<unknown>>();
  readonly #connections = new WorkerConnections(() => this.#connectNative());
  readonly #workers = new MadeWorkers();
  readonly #supervised = new Map<SupervisedWorker, Promise<void>>();

  constructor(parts: LoadedClientParts) {
    this.#parts = parts;
    this.client = parts.client;
  }

  /** Whether Temporal is reached over TLS. */
  get isTls(): boolean {
    return this.#parts.settings.tls !== false;
  }

  /** Makes a worker on the native connection, which all workers share and the first one opens. */
  async createWorker(options: WorkerSettings): Promise<Worker> {
    const settings = this.#prepare(options);
    return this.#creating(this.#connections.take().then((native) => this.#make(native, settings, false)));
  }

  /**
   * Runs a worker, and those that replace it when it fails, until it is shut down: by its signal, by one of the process, or by `close()`.
   *
   * @throws what `SupervisedWorker.run` throws
   */
  async runWorker(
    options: WorkerSettings,
    supervision: OptionsOf<SupervisionSettings> & { readonly signal?: AbortSignal | undefined },
  ): Promise<void> {
    const settings = this.#prepare(options);
    const { target, clock, random, logger, connectTimeoutMs: timeoutMs } = this.#parts;
    const { askNamespace, superviseOn } = await import('./supervised-worker.ts');
    const { signal } = this.#closing;
    signal.throwIfAborted();
    const make = async (native: WatchedConnection): Promise<Worker> => {
      await askNamespace(native, { target, clock, timeoutMs, signal }).catch((error: unknown) =>
        this.#refuse(native, error),
      );
      return this.#make(native, settings, true);
    };
    const supervised = superviseOn({
      ...supervision,
      ...{ signal: supervision.signal, clock, random, logger },
      connection: (otherThan) => this.#creating(this.#connections.take(otherThan)),
      make: async (native) => ({ worker: await this.#creating(make(native)) }),
      translate: (error) => this.#translated(error),
    });
    const running = supervised.run();
    this.#supervised.set(supervised, running);
    try {
      await running;
    } finally {
      this.#supervised.delete(supervised);
    }
  }

  /**
   * Shuts the supervised workers down and closes the connections, once the workers that are being made are there and those that never ran have
   * let go. A connection that a failed worker holds, since it hangs, cannot be closed: it is given up. May be called again after it failed.
   *
   * @throws ConfigurationError while a worker that is not supervised uses the connection; nothing is closed then
   */
  async close(): Promise<void> {
    const { connection, logger } = this.#parts;
    if (this.#workers.inUse === 'of the user') throw workersRunning();
    this.#closing.abort(closedError());
    for (const supervised of this.#supervised.keys()) supervised.shutdown();
    await Promise.allSettled([...this.#creations, ...this.#supervised.values()]);
    await this.#workers.endUnused();
    if (this.#workers.inUse !== 'none') throw workersRunning();
    try {
      await this.#connections.close(() => {
        logger.warn(leftText);
      });
    } catch (error) {
      throw this.#translated(error);
    }
    await connection.close();
  }

  #prepare(options: WorkerSettings): PreparedSettings {
    const { maxConcurrentActivities, taskQueue = this.#parts.applicationName, ...rest } = options;
    const limit = activityLimit(maxConcurrentActivities, rest.maxConcurrentActivityTaskExecutions);
    return { ...rest, ...limit, taskQueue };
  }

  /** `close()` waits for it. */
  #creating<T>(creation: Promise<T>): Promise<T> {
    this.#creations.add(creation);
    const forget = (): void => void this.#creations.delete(creation);
    creation.then(forget, forget);
    return creation;
  }

  async #make(native: WatchedConnection, settings: PreparedSettings, isSupervised: boolean): Promise<Worker> {
    const { target, logger } = this.#parts;
    const { taskQueue } = settings;
    // Loaded for the first worker: a program that has none needs no native code.
    const { Worker } = await import('@temporalio/worker');
    this.#closing.signal.throwIfAborted();
    const pollers = pollerDefaults(settings);
    const worker = await Worker.create({
      ...settings,
      ...pollers.options,
      ...(native.watch && {
        interceptors: outermost(holdActivities(native.watch, logger), settings.interceptors),
      }),
      connection: native.connection,
      namespace: target.namespace,
    }).catch((error: unknown) => {
      if (!isTransportError(error)) throw error;
      return this.#refuse(native, error);
    });
    if (pollers.kinds.length > 0) logger.info(autoscalingText, { taskQueue, pollers: pollers.kinds });
    this.#workers.add({ worker, native, isSupervised });
    this.#closing.signal.throwIfAborted();
    return worker;
  }

  /** Core keeps the place of a worker that Temporal refused taken, on this connection: the next worker gets another. */
  async #refuse(native: WatchedConnection, error: unknown): Promise<never> {
    const isShared = this.#creations.size > 1;
    if (!isShared && !this.#workers.has(native)) await this.#connections.drop(native);
    throw this.#translated(error, this.#closing.signal);
  }

  async #connectNative(): Promise<WatchedConnection> {
    const { settings, target, tokens, connectTimeoutMs: timeoutMs, clock, logger } = this.#parts;
    const { signal } = this.#closing;
    try {
      const { connectWatched } = await import('../worker/watched-connection.ts');
      return await connectWatched({
        ...{ settings, tokens, timeoutMs, clock, logger, signal },
        namespace: target.namespace,
        explain: (error) => messageOf(this.#translated(error)),
        onPushFailed: (error) => {
          logger.error('The connection of the workers did not take the new access token', {
            error: this.#translated(error),
          });
        },
      });
    } catch (error) {
      throw this.#translated(error, signal);
    }
  }

  #translated(error: unknown, signal?: AbortSignal): unknown {
    const { target, tokens } = this.#parts;
    return translate(error, { target, tokens: tokens?.living ?? [], signal });
  }
}

function outermost(
  own: ActivityInterceptorsFactory,
  interceptors: WorkerOptions['interceptors'],
): NonNullable<WorkerOptions['interceptors']> {
  return { ...interceptors, activity: [own, ...(interceptors?.activity ?? [])] };
}

/** @throws TypeError when both names of the limit are given */
function activityLimit(
  maxConcurrentActivities: number | undefined,
  maxConcurrentActivityTaskExecutions: number | undefined,
): Pick<WorkerOptions, 'maxConcurrentActivityTaskExecutions'> {
  if (maxConcurrentActivities === undefined) return {};
  if (maxConcurrentActivityTaskExecutions !== undefined) {
    throw new TypeError('Give maxConcurrentActivities or maxConcurrentActivityTaskExecutions, not both');
  }
  return { maxConcurrentActivityTaskExecutions: maxConcurrentActivities };
}
