import type { BundlerPlugin, Worker, WorkerOptions, WorkerPlugin } from '@temporalio/worker';
import {
  abortable,
  anySignal,
  checkApart,
  handled,
  type OptionsOf,
  withDeadline,
} from '@worker-auth/internal';
import { closedError, workersRunning } from '@worker-auth/calls/errors/own-errors';
import { callFailure, isRejection, isTransportError } from '@worker-auth/calls/errors/rejection';
import { ownError } from '@worker-auth/calls/errors/translate';
import { copied } from '@worker-auth/calls/settings/copied';
import { importWorker } from '@worker-auth/calls/settings/peers';
import type { PluginSettings } from '../settings/plugin-settings.ts';
import type { CreateWorkerOptions } from '../settings/temporal-options.ts';
import type { NativeConnections } from './native-connections.ts';
import { SupervisedWorker } from './supervisor.ts';
import type { SuperviseOptions, SupervisionSettings } from './supervisor-options.ts';
import type { WorkerEventSink } from '@worker-auth/calls/conditions/worker-events';
import type { WorkerHealth } from '@worker-auth/calls/conditions/worker-health';
import { endUnused, type RunnableWorker } from './worker-run.ts';

/** How long `close()` waits for workers that are being made, in ms: Core waits for its first answer for a minute. */
const creationMs = 5_000;

const notRunning: readonly WorkerHealth['state'][] = ['INITIALIZED', 'STOPPED', 'FAILED'];

/** PluginSettings of `TemporalWorkflowClient.runWorker`: those of `createWorker`, and how long it goes on. */
export interface RunWorkerOptions extends CreateWorkerOptions, OptionsOf<SupervisionSettings> {
  /** Shuts the worker down. */
  readonly signal?: AbortSignal | undefined;
}

interface ClientWorkersOptions {
  /** The task queue of workers that name none. */
  readonly applicationName: string | undefined;
  readonly settings: PluginSettings;
  readonly plugin: Required<
    Pick<WorkerPlugin & BundlerPlugin, 'name' | 'configureWorker' | 'configureBundler' | 'runWorker'>
  >;
  readonly connections: NativeConnections;
  readonly events: WorkerEventSink;
  readonly translate: (error: unknown) => unknown;
}

type WorkerSettings = Omit<CreateWorkerOptions, 'autoStartTokenRefresh'>;

/** The workers of a client: those of its user, and those that it supervises. */
export class ClientWorkers {
  readonly #options: ClientWorkersOptions;
  readonly #creations = new Set<Promise<unknown>>();
  readonly #supervised = new Map<SupervisedWorker, Promise<void>>();
  /** Those that came when nobody waited for them any more. */
  readonly #unwanted = new WeakSet<RunnableWorker>();
  readonly #closing = new AbortController();

  constructor(options: ClientWorkersOptions) {
    this.#options = options;
  }

  /** A worker that comes when nobody waits for it any more is ended. */
  async create(options: WorkerSettings, signal?: AbortSignal): Promise<Worker> {
    const ending = anySignal(this.#closing.signal, signal);
    ending.throwIfAborted();
    const creation = this.#create(options, ending);
    this.#creations.add(creation);
    void handled(creation.finally(() => this.#creations.delete(creation)));
    return abortable(creation, ending);
  }

  /** Runs a worker, and those that replace it when it fails, until it is shut down, by the signal alone. */
  async run(
    given: WorkerSettings,
    supervision: SupervisionSettings & { readonly signal: AbortSignal },
  ): Promise<void> {
    const { settings, connections, events, applicationName } = this.#options;
    const { clock, random, logger, conditions } = settings;
    // Whatever becomes of them, later workers are like the first.
    const options = { ...copied(given) };
    const { taskQueue = applicationName ?? '' } = options;
    const supervise: SuperviseOptions<Worker> = {
      ...supervision,
      clock,
      random,
      logger,
      shutdownSignals: [],
      translate: this.#translated.bind(this),
      create: async ({ freshConnection, signal }) => {
        if (freshConnection) connections.retireOwn();
        const worker = await this.create(options, signal);
        return { worker, isWell: () => ['good', undefined].includes(connections.healthOf(worker)?.kind) };
      },
    };
    const supervised = new SupervisedWorker(supervise, conditions, { taskQueue });
    for (const name of ['workerStarted', 'workerFailed'] as const)
      supervised.on(name, (event) => {
        events.emit(name, { ...event, taskQueue });
      });
    connections.workers.watch(supervised, taskQueue);
    const done = supervised.run();
    this.#supervised.set(supervised, done);
    await done.finally(() => this.#supervised.delete(supervised));
  }

  /** Waits for the supervised workers, and ends those that never ran. Rejects while a worker of the user runs. `giveUp` ends the wait for a connection. */
  async close(giveUp: () => void): Promise<void> {
    this.#rejectRunning();
    this.#closing.abort(closedError());
    giveUp();
    for (const supervised of this.#supervised.keys()) supervised.shutdown();
    const { clock } = this.#options.settings;
    const bounds = { clock, timeoutMs: creationMs, timeoutError: closedError };
    // Those that come later are ended then.
    const created = withDeadline(() => Promise.allSettled(this.#creations), bounds);
    await Promise.allSettled([created, ...this.#supervised.values()]);
    const { unsupervised } = this.#options.connections.workers;
    const unused = unsupervised.filter((worker) => worker.getState() === 'INITIALIZED');
    await Promise.all(unused.map((worker) => endUnused(worker, clock)));
    this.#rejectRunning();
  }

  /** One that has failed does not run, though it may hold its connection for ever. */
  #rejectRunning(): void {
    for (const worker of this.#options.connections.workers.unsupervised)
      if (!this.#unwanted.has(worker) && !notRunning.includes(worker.getState())) throw workersRunning();
  }

  async #create(options: WorkerSettings, ending: AbortSignal, isRepeated = false): Promise<Worker> {
    const { settings, plugin, connections } = this.#options;
    const { plugins = [], ...prepared } = this.#prepared(options);
    const { namespace } = settings.place;
    let configured: WorkerOptions | undefined;
    const capturing: WorkerPlugin & BundlerPlugin = {
      name: plugin.name,
      configureBundler: plugin.configureBundler.bind(plugin),
      configureWorker: async (given) => (configured = await plugin.configureWorker(given)),
      runWorker: (worker, next) => plugin.runWorker(worker, next),
    };
    // Programs without workers load no native code.
    const { Worker } = await importWorker();
    try {
      const worker = await Worker.create({ ...prepared, namespace, plugins: [...plugins, capturing] });
      if (ending.aborted) {
        this.#unwanted.add(worker);
        await endUnused(worker, settings.clock);
        throw closedError();
      }
      connections.workers.watch(worker, prepared.taskQueue);
      return worker;
    } catch (error) {
      if (configured !== undefined) await connections.ended({ options: configured });
      // A token that was accepted when the connection was opened is rejected now: the next one is opened with another.
      if (configured !== undefined && !isRepeated && !ending.aborted && isRejection(callFailure(error))) {
        connections.retireOwn();
        return this.#create(options, ending, true);
      }
      throw this.#translated(error);
    }
  }

  #translated(error: unknown): unknown {
    const isOfCall = isTransportError(error) || callFailure(error).grpcStatus !== undefined;
    return isOfCall ? this.#options.translate(error) : (ownError(error) ?? error);
  }

  #prepared({ maxConcurrentActivities: limit, ...options }: WorkerSettings) {
    const { taskQueue = applicationQueue(this.#options.applicationName) } = options;
    // Programs in JavaScript would get a worker in another namespace than they asked for.
    const given: OptionsOf<WorkerOptions> = options;
    for (const name of ['connection', 'namespace'] as const) {
      if (given[name] === undefined) continue;
      throw new TypeError(`createWorker takes no ${name}: a worker has that of its client`);
    }
    checkApart({ ...options, maxConcurrentActivities: limit }, 'maxConcurrentActivities', [
      'maxConcurrentActivityTaskExecutions',
    ]);
    if (limit === undefined) return { ...options, taskQueue };
    return { ...options, taskQueue, maxConcurrentActivityTaskExecutions: limit };
  }
}

/** @throws TypeError where nobody named the application */
export function applicationQueue(applicationName: string | undefined): string {
  if (applicationName !== undefined) return applicationName;
  throw new TypeError('Give taskQueue: by default it is the name of the application, and that has none');
}
