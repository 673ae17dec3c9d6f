import type { Client, Connection } from '@temporalio/client';
import type { Logger } from '@temporalio/common';
import type { Worker } from '@temporalio/worker';
import type { Clock, OptionsOf } from '@worker-auth/inlined';
import type { Emitter } from '@worker-auth/refresh-scheduler';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { closedError, workersRunning } from '../errors/own-errors.ts';
import { callFailure, isTransportError } from '../errors/refusal.ts';
import { messageOf, type Scene, translate, type TemporalTarget } from '../errors/translate.ts';
import { type ClientHealth, temporalHealth } from '../health/client-health.ts';
import type { TemporalTokens } from '../tokens/temporal-tokens.ts';
import type { SupervisionSettings } from '../worker/supervisor-options.ts';
import type { WatchedConnection } from '../worker/watched-connection.ts';
import type { WorkerEvents } from '../worker/worker-events.ts';
import { MadeWorkers } from './made-workers.ts';
import {
  type GuardedWorker,
  makeWorker,
  type PreparedSettings,
  prepareSettings,
  type WorkerSettings,
} from './make-worker.ts';
import { SupervisedWorkers } from './supervised-workers.ts';
import { WorkerConnections } from './worker-connections.ts';

const leftText =
  'A worker that has failed still holds its connection, which cannot be closed: end the process by process.exit()';

/** What a client has once it is loaded. */
export interface LoadedClientParts {
  readonly client: Client;
  readonly connection: Connection;
  readonly settings: ConnectionSettings;
  readonly target: TemporalTarget;
  readonly tokens: TemporalTokens | undefined;
  readonly applicationName: string;
  readonly connectTimeoutMs: number;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly logger: Logger;
  /** Called when Temporal takes the token of the workers no more, or again. */
  readonly onHealth: () => void;
  /** Told of what happens to the workers. */
  readonly events: Emitter<WorkerEvents>;
}

/** The open connections of a client, and the workers made on them. */
export class LoadedClient {
  readonly client: Client;
  readonly #parts: LoadedClientParts;
  readonly #closing = new AbortController();
  readonly #creations = new Set<Promise<unknown>>();
  readonly #connections = new WorkerConnections(() => this.#connectNative());
  readonly #workers = new MadeWorkers();
  readonly #supervised: SupervisedWorkers;

  constructor(parts: LoadedClientParts) {
    this.#parts = parts;
    this.#supervised = new SupervisedWorkers(parts.events);
    this.client = parts.client;
  }

  /** Whether Temporal is reached over TLS. */
  get isTls(): boolean {
    return this.#parts.settings.tls !== false;
  }

  /** How Temporal takes the token of the workers, and how these are. */
  health(): Pick<ClientHealth, 'temporal' | 'workers'> {
    return {
      temporal: temporalHealth(this.#connections.newest?.guard?.watchdog.health, this.#parts.clock),
      workers: [...this.#workers.health(), ...this.#supervised.health()],
    };
  }

  /** Makes a worker on the native connection, which all workers share and the first one opens. */
  async createWorker(options: WorkerSettings): Promise<Worker> {
    const settings = prepareSettings(options, this.#parts.applicationName);
    const making = this.#connections.take().then((native) => this.#make(native, settings, false));
    return (await this.#creating(making)).worker;
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
    const settings = prepareSettings(options, this.#parts.applicationName);
    const { target, clock, random, logger, connectTimeoutMs: timeoutMs } = this.#parts;
    const { askNamespace, superviseOn } = await import('./supervised-worker.ts');
    const { signal } = this.#closing;
    signal.throwIfAborted();
    const make = async (native: WatchedConnection): Promise<GuardedWorker> => {
      await askNamespace(native, { target, clock, timeoutMs, signal }).catch((error: unknown) =>
        this.#refuse(native, error),
      );
      return this.#make(native, settings, true);
    };
    const supervised = superviseOn({
      ...supervision,
      ...{ signal: supervision.signal, clock, random, logger },
      connection: (otherThan) => this.#creating(this.#connections.take(otherThan)),
      make: (native) => this.#creating(make(native)),
      translate: (error) => this.#translated(error),
    });
    await this.#supervised.run(supervised, settings.taskQueue);
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
    this.#supervised.shutdown();
    await Promise.allSettled([...this.#creations, ...this.#supervised.done]);
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

  /** `close()` waits for it. */
  #creating<T>(creation: Promise<T>): Promise<T> {
    this.#creations.add(creation);
    const forget = (): void => void this.#creations.delete(creation);
    creation.then(forget, forget);
    return creation;
  }

  async #make(
    native: WatchedConnection,
    settings: PreparedSettings,
    isSupervised: boolean,
  ): Promise<GuardedWorker> {
    const { target, logger } = this.#parts;
    this.#closing.signal.throwIfAborted();
    const { namespace } = target;
    const made = await makeWorker(native, settings, { namespace, logger }).catch((error: unknown) => {
      if (isTransportError(error)) return this.#refuse(native, error);
      throw callFailure(error).grpcStatus === undefined
        ? error
        : this.#translated(error, { signal: this.#closing.signal });
    });
    this.#workers.add({ ...made, native, isSupervised });
    this.#closing.signal.throwIfAborted();
    return made;
  }

  /** Core keeps the place of a worker that Temporal refused taken, on this connection: the next worker gets another. */
  async #refuse(native: WatchedConnection, error: unknown): Promise<never> {
    const isShared = this.#creations.size > 1;
    if (!isShared && !this.#workers.has(native)) await this.#connections.drop(native);
    throw this.#translated(error, { signal: this.#closing.signal });
  }

  async #connectNative(): Promise<WatchedConnection> {
    const { settings, target, tokens, connectTimeoutMs: timeoutMs, clock, logger } = this.#parts;
    const { onHealth, events } = this.#parts;
    const { signal } = this.#closing;
    const explain = (error: unknown): string => messageOf(this.#translated(error));
    let isGreeted = false;
    try {
      const { connectWatched } = await import('../worker/watched-connection.ts');
      return await connectWatched({
        ...{ settings, tokens, timeoutMs, clock, logger, signal, onHealth, events },
        namespace: target.namespace,
        onGreeted: () => {
          isGreeted = true;
        },
        explain,
        onPushFailed: (error) => {
          logger.error('The connection of the workers did not take the new access token', {
            reason: explain(error),
          });
        },
      });
    } catch (error) {
      throw this.#translated(error, { signal, isGreeted });
    }
  }

  #translated(error: unknown, more: Pick<Scene, 'signal' | 'isGreeted'> = {}): unknown {
    const { target, tokens } = this.#parts;
    return translate(error, { target, tokens: tokens?.living ?? [], ...more });
  }
}
