import { checkFunction, checkMethods, checkObject, checkOptions } from '@worker-auth/internal';
import type { ClientPlugin, ConnectionOptions, ConnectionPlugin } from '@temporalio/client';
import type {
  BundleOptions,
  BundlerPlugin,
  NativeConnection,
  NativeConnectionOptions,
  NativeConnectionPlugin,
  Worker,
  WorkerOptions,
  WorkerPlugin,
} from '@temporalio/worker';
import type { Diagnosis, ProgramDiagnosisOptions } from './doctor/diagnosis.ts';
import { type ClientEvents, type ClientOptionsOfHook, Engine } from './engine.ts';
import { shownFailure } from './worker/worker-failure.ts';
import type { ClientHealth } from '@worker-auth/calls/tokens/client-health';
import type { WaitOptions } from '@worker-auth/calls/settings/auth-options';
import { checkPluginOptions, type TemporalAuthOptions } from './settings/temporal-options.ts';
import { readApplication, readTokens } from '@worker-auth/calls/tokens/application';
import { drainLimit, holdPolls, runToEnd, shuttingDown } from './worker/worker-run.ts';

type BundlerPlugins = NonNullable<ReturnType<NonNullable<BundleOptions['webpackConfigHook']>>['plugins']>;

/** The plugin over an engine, for the facade. */
export let pluginOf: (engine: Engine) => TemporalAuthPlugin;

/**
 * A plugin of Temporal's SDK: given to the connections, to the client or to the worker (`plugins: [auth]`), or to all of them, it has every
 * call carry the newest token, and keeps workers running. Hooks of connections cannot wait: {@link TemporalAuthPlugin.connectNative} opens a native
 * connection. Replay asks for nothing.
 *
 * ```ts
 * const auth = temporalAuth({ credentials: clientSecret({ id, secret, tokenUrl }) });
 * const worker = await Worker.create({ taskQueue, workflowsPath, activities, plugins: [auth] });
 * ```
 *
 * @throws ConfigurationError, TypeError or RangeError for options that make no sense
 */
export function temporalAuth(options: TemporalAuthOptions = {}): TemporalAuthPlugin {
  checkPluginOptions(options);
  const origin = options.tokens === undefined ? readApplication(options) : readTokens(options);
  return pluginOf(new Engine(options, origin));
}

/** See {@link temporalAuth}. */
export class TemporalAuthPlugin
  implements
    ConnectionPlugin,
    NativeConnectionPlugin,
    ClientPlugin,
    WorkerPlugin,
    BundlerPlugin,
    AsyncDisposable
{
  readonly name = '@worker-auth/temporal-auth';
  readonly #engine: Engine;

  static {
    // eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- the variable has the type
    pluginOf = (engine) => new TemporalAuthPlugin(engine);
  }

  // Private, so that no declaration names the engine.
  private constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * Resolves when there is a token, and a certificate where these rotate. Both are kept fresh from then on.
   *
   * @throws ConfigurationError, ConnectivityError or AuthenticationError; StoppedError after `close()`; the signal's reason
   */
  async ready(options: WaitOptions = {}): Promise<void> {
    checkOptions('ready', options, { signal: true });
    await this.#engine.ready(options.signal);
  }

  /**
   * Opens a native connection for workers, as `NativeConnection.connect` does with the plugin. Temporal's hook cannot wait: this waits for the token, and
   * tries again while Temporal rejects one that is new. `namespace` is that of the workers; default that of the plugin. The connection is the
   * caller's to close.
   *
   * @throws what {@link TemporalAuthPlugin.ready} and `NativeConnection.connect` throw; AuthenticationError when Temporal goes on to reject
   */
  async connectNative(
    options: NativeConnectionOptions & { readonly namespace?: string | undefined } = {},
  ): Promise<NativeConnection> {
    checkObject('The options of connectNative', options);
    const { namespace, plugins = [], ...rest } = options;
    const withPlugin = { ...rest, plugins: [...plugins, this] };
    const connection = await this.#engine.openNative(withPlugin, namespace);
    this.#engine.connections.monitor(connection);
    return connection;
  }

  /** Health of the plugin, its token and the workers that have it: plain data, without any token. Asks nobody. */
  health(): ClientHealth {
    return this.#engine.health();
  }

  /**
   * Looks at everything that the plugin and its workers need, as `worker-auth doctor` does, with their own options: where it goes on after failures, and what it
   * found. See `diagnose`.
   */
  diagnose(options: ProgramDiagnosisOptions = {}): Promise<Diagnosis> {
    return this.#engine.diagnose(options);
  }

  /** As `TemporalWorkflowClient.on`; your own token source has no events. Returns what ends the subscription. */
  on<K extends keyof ClientEvents>(event: K, listener: (event: ClientEvents[K]) => void): () => void {
    return this.#engine.on(event, listener);
  }

  /**
   * Ends the background refresh and all monitoring, after the last results: they are sent for `shutdownTimeoutMs` from the shutdown of their worker on.
   * Connections and workers are the caller's to end before.
   */
  close(): Promise<void> {
    return this.#engine.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Temporal's hook; needs no token yet.
   *
   * @throws ConfigurationError when there is no certificate yet that rotates
   * @throws TypeError for an `apiKey`, authorization in the metadata, or call credentials, which are not those of the profile
   */
  configureConnection(options: ConnectionOptions): ConnectionOptions {
    checkObject('The options of configureConnection', options);
    return this.#engine.connector.clientOptions(options);
  }

  /**
   * Temporal's hook.
   *
   * @throws ConfigurationError when there is no token yet, or no certificate
   * @throws TypeError for an `apiKey`, or authorization in the metadata, which are not those of the profile
   */
  configureNativeConnection(options: NativeConnectionOptions): NativeConnectionOptions {
    checkObject('The options of configureNativeConnection', options);
    return this.#engine.connector.configureNativeConnection(options);
  }

  /**
   * Temporal's hook. A client without a connection gets one.
   *
   * @throws ConfigurationError for a client over a native connection that has had no token, when there is none yet
   * @throws TypeError for a connection that was opened without the plugin and has an API key, or authorization in its metadata
   */
  configureClient(options: ClientOptionsOfHook): ClientOptionsOfHook {
    checkObject('The options of configureClient', options);
    return this.#engine.clientOf(options);
  }

  /**
   * Temporal's hook. A worker without a connection gets one, which is closed when the worker has ended.
   *
   * @throws what {@link TemporalAuthPlugin.ready} and `NativeConnection.connect` throw; StoppedError when `close()` comes meanwhile
   */
  async configureWorker(options: WorkerOptions): Promise<WorkerOptions> {
    checkObject('The options of configureWorker', options);
    const { connections, settings, tokens } = this.#engine;
    const { namespace = settings.place.namespace, connection } = options;
    await this.#engine.announce(options);
    if (connection !== undefined && tokens !== undefined) await this.ready();
    return connections.workerOptions(options.namespace === namespace ? options : { ...options, namespace });
  }

  /** Temporal's hook. Bundling may take longer than a token lives: a worker that is being made goes on with a valid one, after `bootTimeoutMs` without. */
  configureBundler(options: BundleOptions): BundleOptions {
    checkObject('The options of configureBundler', options);
    const { tokens, connections } = this.#engine;
    if (tokens === undefined) return options;
    const { webpackConfigHook: hook } = options;
    const waiting: BundlerPlugins[number] = {
      apply: ({ hooks }) => {
        hooks.done.tapPromise(this.name, async () => {
          if (connections.isMaking) await this.#engine.usable();
        });
      },
    };
    return {
      ...options,
      webpackConfigHook: (config) => {
        const { plugins = [], ...others } = hook?.(config) ?? config;
        return { ...others, plugins: [...plugins, waiting] };
      },
    };
  }

  /**
   * Temporal's hook. The `run()` of a worker that has failed settles, with its true reason. Without a valid token the first polls wait for one, for
   * `bootTimeoutMs` at most.
   *
   * @throws what the worker failed with: AuthenticationError or ConnectivityError where Temporal's connection was the trouble
   */
  async runWorker(worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    checkMethods('worker', worker, 'run', 'shutdown', 'getState');
    checkFunction('next', next);
    const { connections, settings, tokens } = this.#engine;
    const ending = new AbortController();
    connections.begin(worker);
    if (tokens !== undefined && tokens.peek() === undefined)
      holdPolls(worker, this.#engine.usable(ending.signal));
    const isOverdue = drainLimit(worker, settings.clock);
    const look = (): boolean => {
      connections.look(worker);
      if (shuttingDown.includes(worker.getState())) ending.abort();
      if (!isOverdue()) return false;
      connections.workers.forget(worker);
      const text = 'A worker that was shut down is not waited for: Temporal does not answer its polls';
      settings.logger.warn(`${text}. End the process by process.exit()`, {
        taskQueue: worker.options.taskQueue,
      });
      return true;
    };
    try {
      await runToEnd(worker, settings.clock, () => next(worker), look);
      await connections.drained(worker);
    } catch (error) {
      throw shownFailure(error);
    } finally {
      ending.abort();
      await connections.ended(worker);
    }
  }
}
