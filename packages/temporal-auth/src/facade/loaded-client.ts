import type { Client, Connection } from '@temporalio/client';
import type { Logger } from '@temporalio/common';
import type { Worker, WorkerOptions } from '@temporalio/worker';
import type { Clock } from '@worker-auth/inlined';
import type { CreateWorkerOptions } from '../configuration/client-options.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { closedError, workersRunning } from '../errors/own-errors.ts';
import { isHeldByWorkers, isTransportError } from '../errors/refusal.ts';
import { messageOf, type Scene, translate, type TemporalTarget } from '../errors/translate.ts';
import { type ClientHealth, temporalHealth, workerHealth } from '../health/client-health.ts';
import type { ApplicationTokens } from '../tokens/application-tokens.ts';
import { logPollers, pollerDefaults } from '../worker/poller-defaults.ts';
import type { Parking } from '../worker/parking/parking.ts';
import type { WatchedConnection } from '../worker/watched-connection.ts';

/** What a worker is made with. */
export type WorkerSettings = Omit<CreateWorkerOptions, 'autoStartTokenRefresh'>;

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
  readonly logger: Logger;
  /** Called when Temporal takes the token of the workers no more, or again. */
  readonly onHealth: () => void;
}

/** The open connections of a client, and the workers made on them. */
export class LoadedClient {
  readonly client: Client;
  readonly #parts: LoadedClientParts;
  readonly #closing = new AbortController();
  readonly #creations = new Set<Promise<unknown>>();
  #workers: readonly Worker[] = [];
  #native: Promise<WatchedConnection> | undefined;
  /** The last one that was opened. */
  #opened: WatchedConnection | undefined;

  constructor(parts: LoadedClientParts) {
    this.#parts = parts;
    this.client = parts.client;
  }

  /** Whether Temporal is reached over TLS. */
  get isTls(): boolean {
    return this.#parts.settings.tls !== false;
  }

  /** How Temporal takes the token of the workers, and how these are. */
  health(): Pick<ClientHealth, 'temporal' | 'workers'> {
    return {
      temporal: temporalHealth(this.#opened?.guard?.watchdog.health, this.#parts.clock),
      workers: this.#workers.filter((worker) => worker.getState() !== 'STOPPED').map(workerHealth),
    };
  }

  /** Makes a worker on the native connection, which all workers share and the first one opens. */
  createWorker(options: WorkerSettings): Promise<Worker> {
    const creation = this.#create(options);
    this.#creations.add(creation);
    const forget = (): void => void this.#creations.delete(creation);
    creation.then(forget, forget);
    return creation;
  }

  /**
   * Closes the connections, once the workers that are being made are there and those that never ran have let go. May be called again
   * after it failed.
   *
   * @throws ConfigurationError while a worker uses the connection; nothing is closed then
   */
  async close(): Promise<void> {
    if (this.#workers.some(isUsed)) throw workersRunning();
    this.#closing.abort(closedError());
    await Promise.allSettled(this.#creations);
    await Promise.all(this.#workers.map(endIfUnused));
    // One that could not be opened is not open.
    const native = await this.#native?.catch(() => undefined);
    try {
      await native?.close();
    } catch (error) {
      if (isHeldByWorkers(error)) throw workersRunning();
      throw this.#translated(error);
    }
    await this.#parts.connection.close();
  }

  async #create(options: WorkerSettings): Promise<Worker> {
    const { applicationName, target, logger } = this.#parts;
    const {
      maxConcurrentActivities,
      acknowledgeResults = false,
      parking: isParkable = false,
      taskQueue = applicationName,
      ...rest
    } = options;
    const limit = activityLimit(maxConcurrentActivities, rest.maxConcurrentActivityTaskExecutions);
    // Loaded for the first worker: a program that has none needs no native code.
    const [{ Worker }, { guardWorker }] = await Promise.all([
      import('@temporalio/worker'),
      import('../worker/guard-worker.ts'),
    ]);
    const native = await this.#nativeConnection();
    const parking = isParkable ? await this.#parkingOf(native) : undefined;
    this.#closing.signal.throwIfAborted();
    const { connection } = native;
    const { namespace } = target;
    const pollers = pollerDefaults(rest);
    const guard = native.guard && guardWorker(rest, native.guard, { logger, acknowledgeResults });
    const worker = await Worker.create({
      ...rest,
      ...limit,
      ...pollers.options,
      ...(guard && { interceptors: guard.interceptors }),
      ...{ connection, namespace, taskQueue },
    }).catch(async (error: unknown) => {
      if (!isTransportError(error)) throw error;
      await this.#forgetUnused(native);
      throw this.#translated(error);
    });
    parking?.add(worker);
    logPollers(pollers, logger, taskQueue);
    this.#workers = [...this.#workers.filter((made) => made.getState() !== 'STOPPED'), worker];
    this.#closing.signal.throwIfAborted();
    return worker;
  }

  async #parkingOf(native: WatchedConnection): Promise<Parking | undefined> {
    try {
      return await native.guard?.parking();
    } catch (error) {
      throw this.#translated(error, { signal: this.#closing.signal });
    }
  }

  #nativeConnection(): Promise<WatchedConnection> {
    this.#native ??= this.#connectNative().catch((error: unknown) => {
      // The next worker tries again.
      this.#native = undefined;
      throw error;
    });
    return this.#native;
  }

  /** Core keeps the place of a worker that Temporal refused taken, on this connection: the next worker gets another. */
  async #forgetUnused(native: WatchedConnection): Promise<void> {
    const isShared = this.#creations.size > 1;
    if (isShared || this.#workers.some((worker) => worker.getState() !== 'STOPPED')) return;
    this.#native = undefined;
    this.#opened = undefined;
    await native.close().catch(() => undefined);
  }

  async #connectNative(): Promise<WatchedConnection> {
    const { settings, target, tokens, connectTimeoutMs: timeoutMs, clock, logger, onHealth } = this.#parts;
    const { signal } = this.#closing;
    let isGreeted = false;
    try {
      const { connectWatched } = await import('../worker/watched-connection.ts');
      return (this.#opened = await connectWatched({
        ...{ settings, tokens, timeoutMs, clock, logger, signal, onHealth },
        namespace: target.namespace,
        onGreeted: () => {
          isGreeted = true;
        },
        explain: (error) => messageOf(this.#translated(error)),
        onPushFailed: (error) => {
          logger.error('The connection of the workers did not take the new access token', {
            error: this.#translated(error),
          });
        },
      }));
    } catch (error) {
      throw this.#translated(error, { signal, isGreeted });
    }
  }

  #translated(error: unknown, more: Pick<Scene, 'signal' | 'isGreeted'> = {}): unknown {
    const { target, tokens } = this.#parts;
    return translate(error, { target, tokens: tokens?.living ?? [], ...more });
  }
}

function isUsed(worker: Worker): boolean {
  return !['INITIALIZED', 'STOPPED'].includes(worker.getState());
}

/** A worker holds the connection from the moment it is made, and lets go of it only at the end of a run. */
async function endIfUnused(worker: Worker): Promise<void> {
  if (worker.getState() === 'INITIALIZED') await worker.runUntil(Promise.resolve()).catch(() => undefined);
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
