import { Client, type WorkflowStartOptions } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import type { Worker } from '@temporalio/worker';
import { checkObject, checkOptions, checkSignal, withDefaults } from '@worker-auth/internal';
import { randomUUID } from 'node:crypto';
import { ClientLife } from '../connection/client-life.ts';
import { type ClientEvents, Engine } from '../engine.ts';
import { callFailure, isAboutReach } from '@worker-auth/calls/errors/rejection';
import { ownError } from '@worker-auth/calls/errors/translate';
import type { ClientHealth } from '@worker-auth/calls/tokens/client-health';
import { pluginOf } from '../plugin.ts';
import type { WaitOptions } from '@worker-auth/calls/settings/auth-options';
import type { AtlanAuthClientOptions } from '../settings/client-options.ts';
import {
  checkWorkflowClientOptions,
  type CreateWorkerOptions,
  type StartedWorkflow,
  type StartWorkflowOptions,
  type TemporalWorkflowClientOptions,
  tokenOptions,
} from '../settings/temporal-options.ts';
import { applicationQueue, ClientWorkers, type RunWorkerOptions } from '../worker/client-workers.ts';
import { resolveSettings, withShutdownSignals } from '../worker/supervisor-options.ts';
import { applicationBehind, AtlanAuthClient } from './atlan-auth-client.ts';

/** A Temporal client and the workers made from it: every call carries the newest OAuth2 token, those of running workers included. */
export class TemporalWorkflowClient implements AsyncDisposable {
  /** The tokens of this client, for calls to other services. */
  readonly auth: AtlanAuthClient;
  readonly #clientOptions: TemporalWorkflowClientOptions['client'];
  readonly #engine: Engine;
  readonly #workers: ClientWorkers;
  readonly #life: ClientLife;

  /**
   * Reads options and environment, and connects to nothing before `load()`.
   *
   * @throws ConfigurationError for an option or a variable that makes no sense, and variables that contradict each other
   * @throws TypeError or RangeError for wrong arguments: an option that there is not, metadata that carries authorization
   */
  constructor(options: TemporalWorkflowClientOptions = {}) {
    checkWorkflowClientOptions(options);
    this.#clientOptions = { ...options.client };
    this.auth = new AtlanAuthClient(tokenOptions(options) as AtlanAuthClientOptions);
    this.#engine = new Engine(options, applicationBehind(this.auth), options.autoStartTokenRefresh);
    const { settings, connections, events, connector } = this.#engine;
    this.#life = new ClientLife(this.#open.bind(this), () => {
      settings.logger.info('Connected to Temporal', { ...connector.target, tls: connector.isTls });
    });
    this.#workers = new ClientWorkers({
      settings,
      connections,
      events,
      plugin: pluginOf(this.#engine),
      applicationName: this.auth.getApplicationName(),
      translate: connector.translated.bind(connector),
    });
  }

  /** The Temporal client. Throws ConfigurationError before `load()`, StoppedError after `close()`. */
  get client(): Client {
    return this.#life.opened();
  }

  /**
   * Gets a token, connects to Temporal with it, and asks for the namespace, so that whatever is wrong shows here. What cannot be reached
   * may not be up yet: it is tried again for `bootTimeoutMs`. Called again it does nothing; after a failure it tries again. When the last
   * of those who wait for it leaves, it is abandoned.
   *
   * @throws ConfigurationError, ConnectivityError or AuthenticationError; StoppedError when `close()` was called; the signal's reason
   */
  async load(options: WaitOptions = {}): Promise<void> {
    checkOptions('load', options, { signal: true });
    await this.#life.open(options.signal);
  }

  /**
   * Starts a workflow, given by its type's name or its function. By default the `taskQueue` is the application's name, the `workflowId` random.
   *
   * @throws ConfigurationError, ConnectivityError or AuthenticationError when there is no token, when Temporal rejects the call, cannot be
   * reached or does not answer
   * @throws what Temporal's client throws for anything else, WorkflowExecutionAlreadyStartedError for example
   */
  async startWorkflow<W extends Workflow>(
    workflow: string | W,
    options: StartWorkflowOptions<W> = {},
  ): Promise<StartedWorkflow<W>> {
    checkObject('The options of startWorkflow', options);
    const { client } = this;
    const taskQueue = options.taskQueue ?? applicationQueue(this.auth.getApplicationName());
    const defaults = { taskQueue, workflowId: `${taskQueue}-${randomUUID()}` };
    const complete = withDefaults<object>(defaults, options) as WorkflowStartOptions<W>;
    const handle = await client.workflow.start<W>(workflow, complete).catch((error: unknown) => {
      if (isAboutReach(callFailure(error))) throw this.#engine.connector.translated(error);
      throw ownError(error) ?? error;
    });
    return { workflowId: handle.workflowId, runId: handle.firstExecutionRunId, handle };
  }

  /**
   * Makes a worker whose connection is kept on the newest token; `run()` it as usual. All workers of this client share one connection.
   *
   * @throws ConfigurationError, ConnectivityError or AuthenticationError; StoppedError when `close()` was called
   * @throws what Temporal's worker throws for its own options
   */
  async createWorker(options: CreateWorkerOptions): Promise<Worker> {
    checkObject('The options of createWorker', options);
    return this.#workers.create(this.#started(options));
  }

  /**
   * Makes a worker and runs it, loading the client first if that was not done, until it is shut down. It ends by the signal, by a signal of the process
   * that Temporal's Runtime listens to, or by `close()`. A worker that fails is replaced; see `superviseWorker`.
   *
   * @throws as `load()` and `createWorker()`
   * @throws ConnectivityError, AuthenticationError or ConfigurationError (`TEMPORAL_AUTH_WORKER_FAILED`) after too many failures in a row
   */
  async runWorker(options: RunWorkerOptions): Promise<void> {
    checkObject('The options of runWorker', options);
    const { signal, maxConsecutiveFailures, healthyAfterMs, onFatal, ...worker } = options;
    if (signal !== undefined) checkSignal('signal', signal);
    const supervision = resolveSettings({ maxConsecutiveFailures, healthyAfterMs, onFatal });
    await withShutdownSignals(signal, async (ending) => {
      try {
        await this.load({ signal: ending });
      } catch (error) {
        if (ending.aborted && error === ending.reason) return;
        throw error;
      }
      await this.#workers.run(this.#started(worker), { ...supervision, signal: ending });
    });
  }

  /** Health of the client, its token and its workers: plain data, without any token. Asks nobody. */
  health(): ClientHealth {
    return this.#engine.health(this.#life.state);
  }

  /**
   * Calls `listener` with each event of the kind: those of the tokens, see `TokenManagerEvents`, of the workers, and `health` when Temporal starts
   * or stops accepting the token of the workers. No event carries a token; what a listener throws is dropped. Returns what ends the subscription.
   */
  on<K extends keyof ClientEvents>(event: K, listener: (event: ClientEvents[K]) => void): () => void {
    return this.#engine.on(event, listener);
  }

  /**
   * Closes the connections, stops refreshing and forgets the token, for good: make a new client to connect again. A `load()` or
   * `createWorker()` under way is abandoned, a `runWorker()` is shut down and waited for. Shut the workers of `createWorker()` down first;
   * one that never ran needs nothing.
   *
   * @throws ConfigurationError (`TEMPORAL_AUTH_WORKERS_RUNNING`) while one of these uses the connection; nothing is closed then. One that began to run
   * during `close()` goes on too, but no other can be made: shut it down and call `close()` again
   */
  close(): Promise<void> {
    return this.#life.close(async () => {
      await this.#workers.close(this.#engine.giveUp.bind(this.#engine));
      await this.#engine.close();
      this.auth.clearCache();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What a worker is made with, its token being kept fresh unless that is not wanted. */
  #started({ autoStartTokenRefresh = this.#engine.autoStart, ...options }: CreateWorkerOptions) {
    this.#life.opened();
    if (autoStartTokenRefresh) this.#engine.tokens?.start?.();
    return options;
  }

  async #open(signal: AbortSignal): Promise<Client> {
    const { settings, connector } = this.#engine;
    const connection = await this.#engine.start((ending) => connector.openClient(ending), signal);
    try {
      signal.throwIfAborted();
      return new Client({ ...this.#clientOptions, connection, namespace: settings.place.namespace });
    } catch (error) {
      await connection.close();
      throw error;
    }
  }
}
