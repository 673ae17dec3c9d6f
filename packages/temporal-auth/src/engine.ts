import type { ConnectionOptions } from '@temporalio/client';
import type { NativeConnectionOptions, NativeConnectionPlugin } from '@temporalio/worker';
import { abortable } from '@worker-auth/inlined';
import { authenticatedClient, type ClientOptionsOfHook } from './connection/authenticated-client.ts';
import { presentation, targetOf } from './connection/connection-settings.ts';
import { withFactory } from './connection/connection-factory.ts';
import { OwnConnections } from './connection/own-connections.ts';
import { pullingOptions } from './connection/pulling-options.ts';
import { repeatStart, type StartAttempt } from './connection/start-repetition.ts';
import { closedError, noAnswerAtStart, noTokenAtStart, notReady } from './errors/own-errors.ts';
import type { TemporalTarget } from './errors/translate.ts';
import { ClientEventSource } from './health/client-events.ts';
import { authHealth, certificateHealth, type ClientHealth, temporalHealth } from './health/client-health.ts';
import { certificateAsToken } from './network/certificate-as-token.ts';
import type { ClientCertificates } from './network/client-certificates.ts';
import { PlaintextWarning } from './network/plaintext-warning.ts';
import { withRotatingTls } from './network/rotating-channel.ts';
import { checkRoutes, routedClient, routedNative } from './network/routed-options.ts';
import { withoutAuthorization } from './settings/metadata.ts';
import { readSettings, type Settings } from './settings/settings.ts';
import type { TemporalAuthOptions } from './settings/temporal-options.ts';
import type { Application } from './tokens/application.ts';
import type { TemporalTokens } from './tokens/temporal-tokens.ts';
import { TokenReplacement } from './tokens/token-replacement.ts';
import { NativeConnections } from './worker/native-connections.ts';

/** Where the tokens come from: an application's credentials, or a source of the user's own. */
export type TokenOrigin = Application | { readonly tokens: TemporalTokens };

/** Tokens, certificates, connections and workers of one plugin or client. */
export class Engine {
  readonly settings: Settings;
  /** `undefined` when authentication is off. */
  readonly tokens: TemporalTokens | undefined;
  readonly events: ClientEventSource;
  readonly connections: NativeConnections;
  /** Connections for clients and workers that are given none. */
  readonly own: OwnConnections;
  /** For messages. */
  readonly target: TemporalTarget;
  /** Adds token and certificate to native connections. */
  readonly hooks: NativeConnectionPlugin = {
    name: '@worker-auth/temporal-auth',
    configureNativeConnection: (options) => this.nativeOptions(options),
  };
  readonly #origin: TokenOrigin;
  readonly #certificates: ClientCertificates | undefined;
  readonly #replacement: TokenReplacement | undefined;
  readonly #plaintextWarning: PlaintextWarning;
  readonly #autoStart: boolean;
  readonly #closing = new AbortController();
  #state: ClientHealth['state'] = 'new';

  /**
   * @param autoStart whether the token is kept fresh in the background from the first start on
   * @throws ConfigurationError for an option or a variable that makes no sense
   * @throws TypeError or RangeError for options that contradict each other or lie outside their range
   */
  constructor(options: TemporalAuthOptions, origin: TokenOrigin, autoStart = true) {
    const settings = readSettings(options, 'common' in origin ? origin.common : undefined);
    const { clock, random, logger, acknowledgeResults } = settings;
    this.settings = settings;
    this.#autoStart = autoStart;
    this.#origin = origin;
    const presented = presentation(settings, options, origin.tokens);
    const { tokens, certificates } = presented;
    this.tokens = tokens;
    this.#certificates = certificates;
    this.#plaintextWarning = new PlaintextWarning(logger);
    checkRoutes(settings);
    this.target = targetOf(presented);
    const source = tokens ?? (certificates && certificateAsToken(certificates));
    this.#replacement = source && new TokenReplacement(source, clock);
    this.events = new ClientEventSource(this.tokens);
    const { hooks } = this;
    this.own = new OwnConnections({
      ...{ presentation: presented, hooks, plaintextWarning: this.#plaintextWarning },
      replacement: this.#replacement,
    });
    this.connections = new NativeConnections({
      ...{ clock, random, logger, acknowledgeResults },
      replacement: this.#replacement,
      certificates: this.#certificates,
      hasTokens: this.tokens !== undefined,
      events: this.events.workers,
      onHealth: () => {
        this.events.emitHealth(this.health());
      },
      activeTokens: () => this.tokens?.activeTokens ?? [],
      open: (namespace) => this.start((signal) => this.own.openNative(signal, namespace)),
    });
  }

  /**
   * Resolves when there is a token, and a certificate where these rotate; both are kept fresh from then on.
   *
   * @throws ConfigurationError, ConnectivityError or AuthenticationError; StoppedError after `close()`; the signal's reason
   */
  async ready(signal?: AbortSignal): Promise<void> {
    await this.start(() => Promise.resolve(), signal);
  }

  /** How everything is: plain data, without any token. Asks nobody. */
  health(state = this.#state): ClientHealth {
    const { clock } = this.settings;
    return {
      state,
      auth: authHealth(this.#origin.tokens),
      temporal: temporalHealth(this.connections.health, clock),
      certificate: certificateHealth(this.#certificates?.known, clock),
      workers: this.connections.workerHealth(),
    };
  }

  /** Gives up all starts that are under way. */
  giveUp(): void {
    this.#state = 'closing';
    this.#closing.abort(closedError());
  }

  /** Ends the background refresh and all monitoring. */
  async close(): Promise<void> {
    this.giveUp();
    await this.connections.stop();
    await this.#certificates?.stop();
    await this.#origin.tokens?.stop();
    this.#state = 'closed';
  }

  /**
   * Options of a client connection, with the token on every call.
   *
   * @throws ConfigurationError when there is no certificate yet that rotates
   */
  clientOptions(options: ConnectionOptions): ConnectionOptions {
    const { network } = this.settings;
    const rotating = withRotatingTls(options, this.#certificates, network);
    if (this.tokens === undefined) return rotating === options ? options : routedClient(rotating, network);
    const configured = pullingOptions(rotating, this.#replacement, network);
    this.#plaintextWarning.check({ ...configured, address: options.address });
    return configured;
  }

  /**
   * Options of a native connection, with the newest token and certificate.
   *
   * @throws ConfigurationError when there is no token yet, or no certificate
   */
  nativeOptions(options: NativeConnectionOptions): NativeConnectionOptions {
    const { network } = this.settings;
    const certificate = options.tls === undefined ? this.#certificates?.newest : undefined;
    if (this.tokens === undefined && certificate === undefined) return options;
    const token = this.tokens?.peek();
    if (this.tokens !== undefined && token === undefined) throw notReady();
    const presented = { token, fingerprint: certificate?.fingerprint };
    const { metadata, tls = false, ...others } = withFactory(options, this.hooks, presented);
    const configured = {
      ...others,
      ...(token !== undefined && { apiKey: token }),
      tls: certificate === undefined ? tls : (this.#certificates?.tls(certificate) ?? tls),
      metadata: token === undefined ? { ...metadata } : withoutAuthorization(metadata),
    };
    this.#plaintextWarning.check(configured);
    return routedNative(configured, network);
  }

  /** Options of a client whose calls carry the newest token; see {@link authenticatedClient}. */
  clientOf(options: ClientOptionsOfHook): ClientOptionsOfHook {
    return authenticatedClient(options, {
      tokens: this.tokens,
      namespace: this.settings.place.namespace,
      ownConnection: () => this.clientOptions(this.own.clientOptions),
      monitor: (connection) => {
        this.connections.monitor(connection);
      },
    });
  }

  /**
   * Gets a token and does the rest of a start, again and again while something cannot be reached that may not be up yet, or Temporal rejects a token
   * that is new.
   *
   * @throws what `attempt` throws; StoppedError when `close()` comes meanwhile; the signal's reason
   */
  start<T>(attempt: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { bootTimeoutMs: timeoutMs, newTokenTimeoutMs, clock, random, logger } = this.settings;
    const ending = AbortSignal.any([this.#closing.signal, ...(signal === undefined ? [] : [signal])]);
    // Tokens log their wait themselves.
    let waitedFor: string | undefined;
    const whole: StartAttempt<T> = async (bounded, leftMs) => {
      waitedFor = undefined;
      try {
        await this.#prepare(bounded, leftMs);
      } finally {
        waitedFor = 'an access token';
      }
      waitedFor = `Temporal at ${this.settings.place.address}`;
      return attempt(bounded);
    };
    return repeatStart(whole, {
      ...{ timeoutMs, newTokenTimeoutMs, clock, random, logger, signal: ending },
      waitedFor: () => waitedFor,
      tooLate: () =>
        waitedFor === undefined ? noTokenAtStart(timeoutMs) : noAnswerAtStart(this.target, timeoutMs),
    });
  }

  async #prepare(signal: AbortSignal, timeoutMs: number | undefined): Promise<void> {
    await this.#certificates?.ready(signal);
    this.#certificates?.start();
    // A source of the user's own may take its time to notice the signal.
    if (this.tokens !== undefined) await abortable(this.tokens.getToken({ signal, timeoutMs }), signal);
    if (this.#autoStart) this.tokens?.start();
    if (this.#state === 'new') this.#state = 'loaded';
  }
}
