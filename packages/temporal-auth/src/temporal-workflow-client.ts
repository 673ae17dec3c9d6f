import { Client, type Connection, type WorkflowStartOptions } from '@temporalio/client';
import type { Logger, Workflow } from '@temporalio/common';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import { AtlanAuthClient } from './atlan-auth-client.ts';
import { defaultLogger } from './auth-log.ts';
import type {
  CreateWorkerOptions,
  StartedWorkflow,
  TemporalWorkflowClientOptions,
} from './client-options.ts';
import { type ConnectionConfiguration, readConnectionConfiguration } from './configuration.ts';
import {
  checkMetadata,
  connectClient,
  connectNative,
  type ConnectionSettings,
  type PushedConnection,
} from './connections.ts';
import { ConfigurationError, TemporalAuthErrorCode } from './errors.ts';
import { isLoopback } from './loopback.ts';
import { temporalError, type TemporalTarget } from './temporal-errors.ts';

interface Loaded {
  readonly connection: Connection;
  readonly client: Client;
  readonly settings: ConnectionSettings;
  native: Promise<PushedConnection> | undefined;
}

/**
 * A Temporal client and the workers made from it, which authenticate with OAuth2: every call carries the newest token,
 * those of running workers included.
 */
export class TemporalWorkflowClient implements AsyncDisposable {
  /** The tokens of this client, for calls to other services. */
  readonly auth: AtlanAuthClient;
  readonly #options: TemporalWorkflowClientOptions;
  readonly #configuration: ConnectionConfiguration;
  readonly #target: TemporalTarget;
  readonly #logger: Logger;
  #loaded: Loaded | undefined;
  #loading: Promise<Loaded> | undefined;

  /**
   * @throws ConfigurationError for an option or a variable that makes no sense
   * @throws TypeError for metadata that carries authorization
   */
  constructor(options: TemporalWorkflowClientOptions) {
    const logger = options.logger ?? defaultLogger();
    checkMetadata(options.metadata);
    this.#options = options;
    this.#logger = logger;
    this.#configuration = readConnectionConfiguration(options, options.env ?? process.env);
    this.auth = new AtlanAuthClient({ ...options, logger });
    const { address, namespace } = this.#configuration;
    this.#target = { address, namespace, authEnabled: this.auth.isAuthEnabled() };
  }

  /** The Temporal client. @throws ConfigurationError before `load()` */
  get client(): Client {
    return this.#required().client;
  }

  /**
   * Gets a token, connects to Temporal with it, and asks for the namespace, so that whatever is wrong shows here. Called
   * again it does nothing; after a failure it tries again.
   *
   * @throws ConfigurationError, ConnectivityError or AuthenticationError
   */
  async load(): Promise<void> {
    if (this.#loaded !== undefined) return;
    this.#loading ??= this.#load();
    try {
      this.#loaded = await this.#loading;
    } finally {
      this.#loading = undefined;
    }
  }

  /**
   * Starts a workflow.
   *
   * @param workflow its type's name or function
   * @param options Temporal's; `taskQueue` is the application's name and `workflowId` a random one by default
   * @throws ConfigurationError, ConnectivityError or AuthenticationError when no token can be had
   * @throws what Temporal's client throws, WorkflowExecutionAlreadyStartedError for example
   */
  async startWorkflow<W extends Workflow>(
    workflow: string | W,
    options: Partial<WorkflowStartOptions<W>> = {},
  ): Promise<StartedWorkflow<W>> {
    const { client } = this.#required();
    // Renews an expired token first: the call itself cannot wait for one.
    await this.auth.getAccessToken();
    const handle = await client.workflow.start<W>(workflow, {
      taskQueue: this.auth.getApplicationName(),
      workflowId: `${this.auth.getApplicationName()}-${randomUUID()}`,
      ...options,
    } as WorkflowStartOptions<W>);
    return { workflowId: handle.workflowId, runId: handle.firstExecutionRunId, handle };
  }

  /**
   * Makes a worker whose connection is kept on the newest token; `run()` it as usual. All workers of this client share
   * one connection.
   *
   * @throws ConfigurationError, ConnectivityError or AuthenticationError
   */
  async createWorker(options: CreateWorkerOptions): Promise<Worker> {
    const loaded = this.#required();
    const { autoStartTokenRefresh, maxConcurrentActivities, taskQueue, ...rest } = options;
    if (autoStartTokenRefresh ?? this.#autoStart) await this.auth.start();
    const { connection } = await this.#nativeConnection(loaded);
    try {
      return await Worker.create({
        ...rest,
        ...activityLimit(maxConcurrentActivities, rest.maxConcurrentActivityTaskExecutions),
        connection,
        namespace: this.#configuration.namespace,
        taskQueue: taskQueue ?? this.auth.getApplicationName(),
      });
    } catch (error) {
      throw isTransportError(error) ? temporalError(error, this.#target) : error;
    }
  }

  /**
   * Closes the connections, stops refreshing and forgets the token, for good: make a new client to connect again. Shut the
   * workers down first.
   *
   * @throws ConfigurationError (`WORKERS_RUNNING`) while a worker uses the connection; nothing is closed then
   */
  async close(): Promise<void> {
    const loaded = this.#loaded;
    if (loaded !== undefined) {
      await this.#closeNative(loaded);
      await loaded.connection.close();
      this.#loaded = undefined;
    }
    await this.auth.stop();
    this.auth.clearCache();
  }

  /** The same as {@link TemporalWorkflowClient.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #autoStart(): boolean {
    return this.#options.autoStartTokenRefresh ?? true;
  }

  async #load(): Promise<Loaded> {
    await this.auth.getAccessToken();
    const settings = await this.#settings();
    const connection = await this.#connect(settings);
    if (this.#autoStart) await this.auth.start();
    const client = new Client({
      ...this.#options.client,
      connection,
      namespace: this.#configuration.namespace,
    });
    this.#logger.info('Connected to Temporal', { ...this.#target, tls: settings.tls !== false });
    return { connection, client, settings, native: undefined };
  }

  async #settings(): Promise<ConnectionSettings> {
    const { address, host } = this.#configuration;
    const tls = this.#options.tls ?? (await this.auth.tlsFromSecret()) ?? false;
    if (this.auth.isAuthEnabled() && tls === false && !isLoopback(host)) {
      this.#logger.warn(
        'The access token goes to Temporal unencrypted: set tls, unless the network sees to it',
        { address },
      );
    }
    return { address, tls, metadata: this.#options.metadata };
  }

  async #connect(settings: ConnectionSettings): Promise<Connection> {
    let connection: Connection | undefined;
    try {
      connection = await connectClient(
        settings,
        this.auth.isAuthEnabled() ? () => this.auth.tokenForCall() : undefined,
      );
      // Connecting only asks for GetSystemInfo, which Temporal's authorizer lets pass without any permission.
      await connection.workflowService.describeNamespace({ namespace: this.#configuration.namespace });
      return connection;
    } catch (error) {
      await connection?.close();
      throw temporalError(error, this.#target);
    }
  }

  #nativeConnection(loaded: Loaded): Promise<PushedConnection> {
    loaded.native ??= connectNative(
      loaded.settings,
      this.auth.isAuthEnabled() ? this.auth : undefined,
      (error) => {
        this.#logger.error('The connection of the workers did not take the new access token', { error });
      },
    ).catch((error: unknown) => {
      loaded.native = undefined;
      throw temporalError(error, this.#target);
    });
    return loaded.native;
  }

  async #closeNative(loaded: Loaded): Promise<void> {
    const native = await loaded.native;
    try {
      await native?.close();
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes('Workers hold a reference')) throw error;
      throw new ConfigurationError(
        'Workers still use the connection: shut them down and await run() before close().',
        {
          code: TemporalAuthErrorCode.workersRunning,
        },
      );
    }
    loaded.native = undefined;
  }

  #required(): Loaded {
    if (this.#loaded !== undefined) return this.#loaded;
    throw new ConfigurationError('The client is not connected: await load() first.', {
      code: TemporalAuthErrorCode.clientNotLoaded,
    });
  }
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

function isTransportError(error: unknown): boolean {
  return error instanceof Error && error.name === 'TransportError';
}
