import { Client, type Connection } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import type { Worker } from '@temporalio/worker';
import { SharedStart } from '../connection/shared-start.ts';
import {
  type StartedWorkflow,
  startWorkflow,
  type StartWorkflowOptions,
} from '../connection/start-workflow.ts';
import { Engine } from '../engine.ts';
import { closedError, notLoaded } from '../errors/own-errors.ts';
import type { ClientEvents } from '../health/client-events.ts';
import type { ClientHealth } from '../health/client-health.ts';
import { pluginOf } from '../plugin.ts';
import type { WaitOptions } from '../settings/client-options.ts';
import type { CreateWorkerOptions, TemporalWorkflowClientOptions } from '../settings/temporal-options.ts';
import { ClientWorkers, type RunWorkerOptions } from '../worker/client-workers.ts';
import { resolveSettings } from '../worker/supervisor-options.ts';
import { applicationOfClient, AtlanAuthClient } from './atlan-auth-client.ts';

interface Loaded {
  readonly client: Client;
  readonly connection: Connection;
}

/**
 * A Temporal client and the workers made from it, which authenticate with OAuth2: every call carries the newest token,
 * those of running workers included.
 */
export class TemporalWorkflowClient implements AsyncDisposable {
  /** The tokens of this client, for calls to other services. */
  readonly auth: AtlanAuthClient;
  readonly #options: Pick<TemporalWorkflowClientOptions, 'client' | 'autoStartTokenRefresh'>;
  readonly #engine: Engine;
  readonly #workers: ClientWorkers;
  readonly #loading = new SharedStart((signal) => this.#load(signal));
  #loaded: Loaded | undefined;
  #closing: Promise<void> | undefined;
  #isClosed = false;

  /**
   * @throws ConfigurationError for an option or a variable that makes no sense, and when nothing names the application
   * @throws TypeError or RangeError for wrong arguments: metadata that carries authorization, an empty application name
   */
  constructor(options: TemporalWorkflowClientOptions = {}) {
    const { client, autoStartTokenRefresh } = options;
    this.#options = { client: { ...client }, autoStartTokenRefresh };
    this.auth = new AtlanAuthClient(options);
    this.#engine = new Engine(options, applicationOfClient(this.auth), this.#autoStart);
    const { settings, connections, events } = this.#engine;
    this.#workers = new ClientWorkers({
      ...{ settings, connections, events: events.workers },
      applicationName: this.auth.getApplicationName(),
      plugin: pluginOf(this.#engine),
      translate: (error) => this.#engine.connector.translated(error),
    });
  }

  /**
   * The Temporal client.
   *
   * @throws ConfigurationError before `load()`, StoppedError after `close()`
   */
  get client(): Client {
    return this.#requireLoaded().client;
  }

  /**
   * Gets a token, connects to Temporal with it, and asks for the namespace, so that whatever is wrong shows here. What cannot be reached
   * may not be up yet: it is tried again for `bootTimeoutMs`. Called again it does nothing; after a failure it tries again. When the last
   * of those who wait for it leaves, it is given up.
   *
   * @throws ConfigurationError, ConnectivityError or AuthenticationError; StoppedError when `close()` was called; the signal's reason
   */
  async load({ signal }: WaitOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    if (this.#closing !== undefined) throw closedError();
    if (this.#loaded === undefined) await this.#loading.join(signal);
  }

  /**
   * Starts a workflow.
   *
   * @param workflow its type's name or function
   * @param options Temporal's; `taskQueue` is the application's name and `workflowId` a random one by default
   * @throws ConfigurationError, ConnectivityError or AuthenticationError when no token can be had, when Temporal refuses the call, cannot be
   * reached or does not answer
   * @throws what Temporal's client throws for anything else, WorkflowExecutionAlreadyStartedError for example
   */
  async startWorkflow<W extends Workflow>(
    workflow: string | W,
    options: StartWorkflowOptions<W> = {},
  ): Promise<StartedWorkflow<W>> {
    const { client } = this;
    const applicationName = this.auth.getApplicationName();
    const translate = (error: unknown): unknown => this.#engine.connector.translated(error);
    return startWorkflow({ client, applicationName, translate }, workflow, options);
  }

  /**
   * Makes a worker whose connection is kept on the newest token; `run()` it as usual. All workers of this client share
   * one connection.
   *
   * @throws ConfigurationError, ConnectivityError or AuthenticationError; StoppedError when `close()` was called
   * @throws what Temporal's worker throws for its own options
   */
  async createWorker(options: CreateWorkerOptions): Promise<Worker> {
    return this.#workers.create(this.#started(options));
  }

  /** Health of the client, its token and its workers: plain data, without any token. Asks nobody. */
  health(): ClientHealth {
    return this.#engine.health(this.#state);
  }

  /**
   * Calls `listener` with each event of the kind: those of the tokens, see `TokenManagerEvents`, of the workers, see `WorkerEvents`, and
   * `health` when Temporal starts or stops accepting the token of the workers. No event carries a token. What a listener throws, or rejects with,
   * is dropped.
   *
   * @returns ends the subscription
   */
  on<K extends keyof ClientEvents>(event: K, listener: (event: ClientEvents[K]) => void): () => void {
    return this.#engine.events.on(event, listener);
  }

  /**
   * Makes a worker and runs it, loading the client first if that was not done, until it is shut down: by the signal, by a signal of the process
   * that Temporal's Runtime listens to, or by `close()`. A worker that fails is replaced; see `superviseWorker`.
   *
   * @throws as `load()` and `createWorker()`
   * @throws ConnectivityError, AuthenticationError or ConfigurationError (`TEMPORAL_AUTH_WORKER_FAILED`) after too many failures in a row
   */
  async runWorker(options: RunWorkerOptions): Promise<void> {
    const { signal, maxConsecutiveFailures, healthyAfterMs, onFatal, ...worker } = options;
    const supervision = resolveSettings({ maxConsecutiveFailures, healthyAfterMs, onFatal });
    try {
      await this.load({ signal });
    } catch (error) {
      if (signal?.aborted === true && error === signal.reason) return;
      throw error;
    }
    await this.#workers.run(this.#started(worker), { ...supervision, signal });
  }

  /**
   * Closes the connections, stops refreshing and forgets the token, for good: make a new client to connect again. A `load()` or
   * `createWorker()` under way is given up, a `runWorker()` is shut down and waited for. Shut the workers of `createWorker()` down first;
   * one that never ran needs nothing.
   *
   * @throws ConfigurationError (`TEMPORAL_AUTH_WORKERS_RUNNING`) while one of these uses the connection; nothing is closed then
   */
  close(): Promise<void> {
    this.#closing ??= this.#close().catch((error: unknown) => {
      this.#closing = undefined;
      throw error;
    });
    return this.#closing;
  }

  /** The same as {@link TemporalWorkflowClient.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #state(): ClientHealth['state'] {
    if (this.#closing !== undefined) return this.#isClosed ? 'closed' : 'closing';
    return this.#loaded !== undefined ? 'loaded' : this.#loading.isRunning ? 'loading' : 'new';
  }

  /** What a worker is made with, its token being kept fresh unless that is not wanted. */
  #started({ autoStartTokenRefresh = this.#autoStart, ...options }: CreateWorkerOptions) {
    this.#requireLoaded();
    if (autoStartTokenRefresh) this.#engine.tokens?.start();
    return options;
  }

  #requireLoaded(): Loaded {
    if (this.#closing !== undefined) throw closedError();
    if (this.#loaded === undefined) throw notLoaded();
    return this.#loaded;
  }

  get #autoStart(): boolean {
    return this.#options.autoStartTokenRefresh ?? true;
  }

  async #load(signal: AbortSignal): Promise<void> {
    const { settings, target } = this.#engine;
    const connection = await this.#engine.start(
      (ending) => this.#engine.connector.openClient(ending),
      signal,
    );
    try {
      signal.throwIfAborted();
      const { namespace } = target;
      this.#loaded = { connection, client: new Client({ ...this.#options.client, connection, namespace }) };
    } catch (error) {
      await connection.close();
      throw error;
    }
    settings.logger.info('Connected to Temporal', { ...target, tls: this.#engine.connector.isTls });
  }

  async #close(): Promise<void> {
    await this.#loading.stop(closedError());
    await this.#workers.close(() => {
      this.#engine.giveUp();
    });
    await this.#engine.close();
    await this.#loaded?.connection.close();
    this.auth.clearCache();
    this.#isClosed = true;
  }
}
