import {
  Connection,
  type ClientPlugin,
  type ConnectionOptions,
  type ConnectionPlugin,
} from '@temporalio/client';
import type { Logger } from '@temporalio/common';
import type {
  NativeConnection,
  NativeConnectionOptions,
  NativeConnectionPlugin,
  ReplayWorkerOptions,
  Worker,
  WorkerOptions,
  WorkerPlugin,
} from '@temporalio/worker';
import { type Clock, systemClock } from '@worker-auth/inlined';
import type { TokenSource } from '@worker-auth/token-manager';
import {
  type ConnectionConfiguration,
  readConnectionConfiguration,
} from './configuration/connection-configuration.ts';
import { checkPluginOptions, type TemporalAuthOptions } from './configuration/plugin-options.ts';
import { isAuthInterceptor } from './connection/auth-interceptor.ts';
import { pushedOptions } from './connection/attach.ts';
import { isAuthorization } from './connection/connection-settings.ts';
import { PlaintextWarning } from './connection/plaintext-warning.ts';
import { pullingOptions } from './connection/pulling-options.ts';
import { notReady } from './errors/own-errors.ts';
import { AtlanAuthClient, tokensOf, type WaitOptions } from './facade/atlan-auth-client.ts';
import { defaultLogger, harmless } from './tokens/logger.ts';
import { GuardedConnections } from './worker/guarded-connections.ts';
import { shownFailure } from './worker/worker-failure.ts';
import { runToOutcome } from './worker/worker-run.ts';

type ClientOptionsOfHook = Parameters<NonNullable<ClientPlugin['configureClient']>>[0];

/**
 * A plugin of Temporal's SDK: given to the connections, to the client or to the worker (`plugins: [auth]`), or to all of them, it has every
 * call carry the newest token, and guards workers as `TemporalWorkflowClient.createWorker` does. Hooks of connections cannot wait: `await
 * auth.ready()` before a native connection is opened. Replay asks for nothing.
 *
 * ```ts
 * const auth = temporalAuth({ applicationName: 'postgres-extraction' });
 * const worker = await Worker.create({ taskQueue, workflowsPath, activities, plugins: [auth] });
 * ```
 *
 * @throws ConfigurationError, TypeError or RangeError for options that make no sense or contradict each other
 */
export function temporalAuth(options: TemporalAuthOptions = {}): TemporalAuthPlugin {
  return new TemporalAuthPlugin(options);
}

/** See {@link temporalAuth}. */
export class TemporalAuthPlugin
  implements ConnectionPlugin, NativeConnectionPlugin, ClientPlugin, WorkerPlugin, AsyncDisposable
{
  readonly name = '@worker-auth/temporal-auth';
  readonly #auth: AtlanAuthClient | undefined;
  /** `undefined` when authentication is off. */
  readonly #tokens: TokenSource | undefined;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #plaintextWarning: PlaintextWarning;
  readonly #place: ConnectionConfiguration;
  readonly #tls: NonNullable<TemporalAuthOptions['tls']>;
  readonly #connections: GuardedConnections | undefined;

  constructor(options: TemporalAuthOptions) {
    checkPluginOptions(options);
    const { tokens, env = process.env, tls = false, token } = options;
    this.#auth = tokens === undefined ? new AtlanAuthClient(options) : undefined;
    this.#tokens = tokens ?? (this.#auth?.isAuthEnabled() === true ? this.#auth : undefined);
    this.#clock = token?.clock ?? systemClock;
    this.#logger = harmless(options.logger ?? defaultLogger());
    this.#plaintextWarning = new PlaintextWarning(this.#logger);
    this.#place = readConnectionConfiguration(options, env);
    this.#tls = tls;
    if (this.#tokens !== undefined) {
      this.#connections = new GuardedConnections({
        tokens: this.#tokens,
        clock: this.#clock,
        logger: this.#logger,
        address: this.#place.address,
        acknowledgeResults: options.acknowledgeResults ?? false,
        living: () => this.#living(),
        connect: async () => {
          const { NativeConnection } = await import('@temporalio/worker');
          return NativeConnection.connect(this.configureNativeConnection({ ...this.#defaults() }));
        },
      });
    }
  }

  /**
   * Resolves when there is a token, which is kept fresh from then on.
   *
   * @throws ConfigurationError, ConnectivityError or AuthenticationError; StoppedError after `close()`; the signal's reason
   */
  async ready({ signal }: WaitOptions = {}): Promise<void> {
    await this.#tokens?.getToken({ signal });
    await this.#auth?.start();
  }

  /** Ends the background refresh and all watching. Connections and workers are the caller's to end before. */
  async close(): Promise<void> {
    await this.#connections?.stop();
    await this.#auth?.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Temporal's hook; needs no token yet. */
  configureConnection(options: ConnectionOptions): ConnectionOptions {
    if (this.#tokens === undefined) return options;
    const configured = pullingOptions(options, this.#tokens, this.#clock);
    this.#plaintextWarning.check(configured);
    return configured;
  }

  /**
   * Temporal's hook.
   *
   * @throws ConfigurationError when there is no token yet
   */
  configureNativeConnection(options: NativeConnectionOptions): NativeConnectionOptions {
    if (this.#tokens === undefined) return options;
    const configured = pushedOptions(options, currentToken(this.#tokens));
    this.#plaintextWarning.check(configured);
    return configured;
  }

  /**
   * Temporal's hook. A client without a connection gets one.
   *
   * @throws ConfigurationError for a client over a native connection when there is no token yet
   * @throws TypeError for a connection that knows nothing of the plugin and has authorization in its metadata
   */
  configureClient(options: ClientOptionsOfHook): ClientOptionsOfHook {
    const tokens = this.#tokens;
    if (tokens === undefined) return options;
    const { connection } = options;
    if (connection === undefined) {
      const namespace = options.namespace ?? this.#place.namespace;
      return {
        ...{ ...options, namespace },
        connection: Connection.lazy(this.configureConnection(this.#defaults())),
      };
    }
    if (connection instanceof Connection) {
      const { interceptors, metadata } = connection.options;
      if (!interceptors.some(isAuthInterceptor)) {
        refuseAuthorization(metadata);
        connection.setApiKey(() => currentToken(tokens));
      }
    } else if (isPushable(connection)) {
      currentToken(tokens);
      this.#connections?.attach(connection);
    }
    return options;
  }

  /**
   * Temporal's hook. A worker without a connection gets one, which is closed when the worker has ended.
   *
   * @throws ConfigurationError, ConnectivityError or AuthenticationError when no token can be had; what `NativeConnection.connect` throws
   */
  async configureWorker(options: WorkerOptions): Promise<WorkerOptions> {
    if (this.#connections === undefined) return options;
    await this.ready();
    if (options.connection !== undefined) return this.#connections.guarded(options);
    return this.#connections.guarded({ ...options, namespace: options.namespace ?? this.#place.namespace });
  }

  /** Temporal's hook: changes nothing, and asks for nothing. */
  configureReplayWorker(options: ReplayWorkerOptions): ReplayWorkerOptions {
    return options;
  }

  /**
   * Temporal's hook. Waits until the worker's last outcomes are known to have arrived. The `run()` of a worker that has failed settles, with
   * its true reason.
   *
   * @throws what the worker failed with: AuthenticationError or ConnectivityError where Temporal's connection was the trouble
   */
  async runWorker(worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    if (this.#connections === undefined) return next(worker);
    const outcome = await runToOutcome(worker, { clock: this.#clock, run: () => next(worker) });
    if (outcome.kind === 'failed') this.#connections.abandon(worker);
    await this.#connections.ended(worker);
    if (outcome.kind === 'failed') throw shownFailure(outcome.error);
  }

  /** What no message may show. */
  #living(): readonly string[] {
    const tokens = this.#auth && tokensOf(this.#auth);
    return tokens?.living ?? [this.#tokens?.peek() ?? []].flat();
  }

  #defaults(): { address: string; tls: NonNullable<TemporalAuthOptions['tls']> } {
    return { address: this.#place.address, tls: this.#tls };
  }
}

/** A native connection can carry a client too; another implementation of the interface cannot be told of a token. */
function isPushable(connection: object): connection is NativeConnection {
  return 'setApiKey' in connection;
}

/** @throws TypeError for what would win over the token, silently */
function refuseAuthorization(metadata: NonNullable<ConnectionOptions['metadata']>): void {
  const key = Object.keys(metadata).find(isAuthorization);
  if (key !== undefined) {
    throw new TypeError(
      `The connection was opened with "${key}" in its metadata: open it with plugins: [auth], or without that`,
    );
  }
}

/** @throws ConfigurationError when there is none */
function currentToken(tokens: TokenSource): string {
  const token = tokens.peek();
  if (token === undefined) throw notReady();
  return token;
}
