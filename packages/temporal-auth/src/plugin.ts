import type { ClientPlugin, ConnectionOptions, ConnectionPlugin } from '@temporalio/client';
import type { Logger } from '@temporalio/common';
import type {
  NativeConnectionOptions,
  NativeConnectionPlugin,
  ReplayWorkerOptions,
  Worker,
  WorkerOptions,
  WorkerPlugin,
} from '@temporalio/worker';
import { type Clock, systemClock } from '@worker-auth/inlined';
import type { TokenSource } from '@worker-auth/token-manager';
import { checkPluginOptions, type TemporalAuthOptions } from './configuration/plugin-options.ts';
import { readTemporalSettings } from './configuration/temporal-settings.ts';
import { certificateAsToken } from './certificates/certificate-as-token.ts';
import { ClientCertificates } from './certificates/client-certificates.ts';
import { readyCertificate } from './certificates/ready-certificate.ts';
import { isRotating } from './configuration/tls-options.ts';
import { pushedOptions } from './connection/attach.ts';
import { PlaintextWarning } from './connection/plaintext-warning.ts';
import { reopenableOptions } from './connection/opened-with.ts';
import { pullingOptions } from './connection/pulling-options.ts';
import { withRotatingTls } from './connection/rotating-channel.ts';
import { routedClient, routedNative } from './connection/routed-options.ts';
import { AtlanAuthClient, tokensOf, type WaitOptions } from './facade/atlan-auth-client.ts';
import { type ClientEvents, ClientEventSource } from './facade/client-events.ts';
import {
  authenticateConnection,
  type ClientOptionsOfHook,
  withOwnConnection,
} from './facade/configured-client.ts';
import { pluginHealth } from './facade/plugin-health.ts';
import type { ClientHealth } from './health/client-health.ts';
import { currentToken } from './tokens/current-token.ts';
import { profileKeyOf } from './tokens/profile-key.ts';
import { defaultLogger, harmless } from './tokens/logger.ts';
import { FollowedWorkers } from './worker/followed-workers.ts';
import { GuardedConnections } from './worker/guarded-connections.ts';
import { shownFailure } from './worker/worker-failure.ts';
import { runToOutcome } from './worker/worker-run.ts';

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
  readonly #settings: ReturnType<typeof readTemporalSettings>;
  readonly #certificates: ClientCertificates | undefined;
  /** Of connections that nobody else has opened; without TLS where certificates rotate. */
  readonly #defaults: Pick<ConnectionOptions, 'address' | 'tls'> & { metadata: Record<string, string> };
  readonly #connections: GuardedConnections | undefined;
  /** Those that need no guard. */
  readonly #unguarded = new FollowedWorkers();
  readonly #events: ClientEventSource;
  #state: ClientHealth['state'] = 'new';

  constructor(options: TemporalAuthOptions) {
    checkPluginOptions(options);
    const { tokens, env = process.env, token, acknowledgeResults = true } = options;
    const { place, tls = false, profile } = (this.#settings = readTemporalSettings(options, env));
    this.#auth = tokens === undefined ? new AtlanAuthClient(options) : undefined;
    this.#events = new ClientEventSource(this.#auth);
    const isAuthEnabled = this.#auth?.isAuthEnabled() === true;
    this.#tokens = tokens ?? (isAuthEnabled ? this.#auth : profileKeyOf(profile, options, env));
    this.#clock = token?.clock ?? systemClock;
    this.#logger = harmless(options.logger ?? defaultLogger());
    this.#plaintextWarning = new PlaintextWarning(this.#logger);
    const fixed = isRotating(tls) ? {} : { tls };
    this.#defaults = { ...fixed, address: place.address, metadata: { ...profile?.metadata } };
    const random = token?.random ?? Math.random;
    this.#certificates = isRotating(tls)
      ? new ClientCertificates(tls, { clock: this.#clock, random, logger: this.#logger })
      : undefined;
    const guarded = this.#tokens ?? (this.#certificates && certificateAsToken(this.#certificates));
    if (guarded !== undefined) {
      this.#connections = new GuardedConnections({
        tokens: guarded,
        certificates: this.#certificates,
        hasTokens: this.#tokens !== undefined,
        ...{ clock: this.#clock, logger: this.#logger, address: place.address },
        acknowledgeResults,
        events: this.#events.workers,
        onHealth: () => {
          this.#events.emitHealth(this.health());
        },
        living: () => this.#living(),
        connect: async () => {
          const { NativeConnection } = await import('@temporalio/worker');
          return NativeConnection.connect(this.configureNativeConnection(this.#defaults));
        },
      });
    }
  }

  /**
   * Resolves when there is a token, and a certificate where these rotate, which are kept fresh from then on.
   *
   * @throws ConfigurationError, ConnectivityError or AuthenticationError; StoppedError after `close()`; the signal's reason
   */
  async ready({ signal }: WaitOptions = {}): Promise<void> {
    await readyCertificate(this.#certificates, signal);
    this.#certificates?.start();
    await this.#tokens?.getToken({ signal });
    await this.#auth?.start();
    if (this.#state !== 'closed') this.#state = 'loaded';
  }

  /** How the plugin, its token, and the workers that have it are: plain data, without any token. Asks nobody. */
  health(): ClientHealth {
    return pluginHealth({
      ...{ state: this.#state, auth: this.#auth, tokens: this.#tokens, clock: this.#clock },
      ...{ certificates: this.#certificates, workers: this.#connections ?? this.#unguarded },
    });
  }

  /** As `TemporalWorkflowClient.on`; a source of your own tells of no token. Returns what ends the subscription. */
  on<K extends keyof ClientEvents>(event: K, listener: (event: ClientEvents[K]) => void): () => void {
    return this.#events.on(event, listener);
  }

  /** Ends the background refresh and all watching. Connections and workers are the caller's to end before. */
  async close(): Promise<void> {
    this.#state = 'closed';
    await this.#connections?.stop();
    await this.#certificates?.stop();
    await this.#auth?.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Temporal's hook; needs no token yet.
   *
   * @throws ConfigurationError when there is no certificate yet that rotates
   */
  configureConnection(options: ConnectionOptions): ConnectionOptions {
    const rotating = withRotatingTls(options, this.#certificates, this.#settings.network);
    if (this.#tokens === undefined)
      return rotating === options ? options : routedClient(rotating, this.#settings.network);
    const configured = pullingOptions(rotating, this.#tokens, this.#clock, this.#settings.network);
    this.#plaintextWarning.check({ ...configured, address: options.address });
    return configured;
  }

  /**
   * Temporal's hook.
   *
   * @throws ConfigurationError when there is no token yet, or no certificate
   */
  configureNativeConnection(options: NativeConnectionOptions): NativeConnectionOptions {
    const rotating = reopenableOptions(options, this.#certificates, this);
    if (this.#tokens === undefined)
      return rotating === options ? options : routedNative(rotating, this.#settings.network);
    const configured = pushedOptions(rotating, currentToken(this.#tokens), this.#settings.network);
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
    if (this.#connections === undefined) return options;
    const { connection } = options;
    if (connection === undefined) {
      const { namespace } = this.#settings.place;
      return withOwnConnection(options, namespace, this.configureConnection(this.#defaults));
    }
    if (this.#tokens !== undefined) authenticateConnection(connection, this.#tokens, this.#connections);
    return options;
  }

  /**
   * Temporal's hook. A worker without a connection gets one, which is closed when the worker has ended.
   *
   * @throws what {@link TemporalAuthPlugin.ready} and `NativeConnection.connect` throw; StoppedError when `close()` comes meanwhile
   */
  async configureWorker(options: WorkerOptions): Promise<WorkerOptions> {
    if (this.#connections === undefined) return options;
    await this.ready();
    if (options.connection !== undefined) return this.#connections.guarded(options);
    return this.#connections.guarded({
      ...options,
      namespace: options.namespace ?? this.#settings.place.namespace,
    });
  }

  /** Temporal's hook: changes nothing, and asks for nothing. */
  configureReplayWorker(options: ReplayWorkerOptions): ReplayWorkerOptions {
    return options;
  }

  /**
   * Temporal's hook. The `run()` of a worker that has failed settles, with its true reason.
   *
   * @throws what the worker failed with: AuthenticationError or ConnectivityError where Temporal's connection was the trouble
   */
  async runWorker(worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    if (this.#connections === undefined) return next(this.#unguarded.watch(worker));
    this.#connections.follow(worker);
    const outcome = await runToOutcome(worker, { clock: this.#clock, run: () => next(worker) });
    await this.#connections.ended(worker);
    if (outcome.kind === 'failed') throw shownFailure(outcome.error);
  }

  /** What no message may show. */
  #living(): readonly string[] {
    const tokens = this.#auth && tokensOf(this.#auth);
    return tokens?.living ?? [this.#tokens?.peek() ?? []].flat();
  }
}
