import type { Connection, ConnectionOptions } from '@temporalio/client';
import type { NativeConnection, NativeConnectionOptions, NativeConnectionPlugin } from '@temporalio/worker';
import { abortable } from '@worker-auth/internal';
import type { TokenSource } from '@worker-auth/token-manager';
import { messageOf } from '../errors/kind-of-error.ts';
import { noResponse, notReady, tlsExpected } from '../errors/own-errors.ts';
import { callFailure, isRefusal } from '../errors/refusal.ts';
import { type ErrorContext, type TemporalTarget, translate } from '../errors/translate.ts';
import type { SentToken } from '../errors/sent-token.ts';
import { expectsTls } from '../network/expects-tls.ts';
import { plaintextWarning } from '../network/plaintext-warning.ts';
import { connectClient, ownClientOptions, withTokenInterceptor } from './client-connection.ts';
import { connectionSettings, type Presentation, targetOf } from './connection-settings.ts';
import { connectNative, inTime, withFactory } from './connection-factory.ts';
import { withRotatingTls } from '../network/rotating-channel.ts';
import { routedNative } from '../network/routed-options.ts';
import { withoutAuthorization } from '../settings/metadata.ts';
import { Probe } from './probe.ts';
import type { TokenReplacement } from '../tokens/token-replacement.ts';

/** Presents token and certificate to Temporal: on connections of the user's by Temporal's hooks, and on those that it opens itself. */
export class Connector {
  /** Adds token and certificate to native connections. */
  readonly hooks: NativeConnectionPlugin = {
    name: '@worker-auth/temporal-auth',
    configureNativeConnection: (options) => this.nativeOptions(options),
  };
  readonly #presentation: Presentation;
  readonly #replacement: TokenReplacement | undefined;
  readonly #checkPlaintext: ReturnType<typeof plaintextWarning>;
  /** A newest token that was rejected at a start: the next one is with another. */
  #rejected: string | undefined;

  /** @param replacement `undefined` when no token is sent */
  constructor(presentation: Presentation, replacement: TokenReplacement | undefined) {
    this.#presentation = presentation;
    this.#replacement = replacement;
    this.#checkPlaintext = plaintextWarning(presentation.settings.logger);
  }

  /**
   * Options of a client connection, with the token on every call. The same where nothing is presented.
   *
   * @param given default: those of a client that has no connection
   * @throws ConfigurationError when there is no certificate yet that rotates
   */
  clientOptions(given?: ConnectionOptions): ConnectionOptions {
    const { certificates, settings } = this.#presentation;
    const { network } = settings;
    const options = given ?? ownClientOptions(connectionSettings(this.#presentation));
    const rotating = withRotatingTls(options, certificates, network);
    if (this.#replacement === undefined && rotating === given) return given;
    const configured = withTokenInterceptor(rotating, this.#replacement, network);
    if (this.#replacement !== undefined) this.#checkPlaintext({ ...configured, address: options.address });
    return configured;
  }

  /**
   * Options of a native connection, with the newest token and certificate.
   *
   * @throws ConfigurationError when there is no token yet, or no certificate
   */
  nativeOptions(options: NativeConnectionOptions): NativeConnectionOptions {
    const { tokens, certificates, settings } = this.#presentation;
    const certificate = options.tls === undefined ? certificates?.newest : undefined;
    if (tokens === undefined && certificate === undefined) return options;
    const token = tokens && this.#tokenToOpenWith(currentToken(tokens));
    const presented = { token, fingerprint: certificate?.fingerprint };
    const { metadata, tls = false, ...others } = withFactory(options, this.hooks, presented);
    const configured = {
      ...others,
      ...(token !== undefined && { apiKey: token }),
      tls: certificate === undefined ? tls : (certificates?.tls(certificate) ?? tls),
      metadata: token === undefined ? { ...metadata } : withoutAuthorization(metadata),
    };
    this.#checkPlaintext(configured);
    return routedNative(configured, settings.network);
  }

  /** Whether Temporal is reached over TLS. */
  get isTls(): boolean {
    return connectionSettings(this.#presentation).tls !== false;
  }

  /**
   * Opens a client connection, and asks for the namespace.
   *
   * @throws ConfigurationError, ConnectivityError or AuthenticationError; nothing is left open then
   */
  openClient(signal: AbortSignal): Promise<Connection> {
    const presentation = this.#presentation;
    const { connectTimeoutMs: timeoutMs, clock, place } = presentation.settings;
    const { namespace } = place;
    const settings = connectionSettings(presentation);
    const { credentials } = settings.connection ?? {};
    if (presentation.tokens !== undefined) this.#checkPlaintext({ ...settings, credentials });
    return this.#translating(signal, namespace, (onGreeted) =>
      connectClient({ settings, tokens: this.#replacement, namespace, timeoutMs, clock, signal, onGreeted }),
    );
  }

  /**
   * Opens a native connection for workers, and asks for what only a token with the right to write may do: otherwise a worker would be made, and
   * refused at its first poll.
   *
   * @throws as {@link Connector.openClient}
   */
  openNative(signal: AbortSignal, namespace: string): Promise<NativeConnection> {
    const presentation = this.#presentation;
    const { connectTimeoutMs: timeoutMs, clock } = presentation.settings;
    const settings = connectionSettings(presentation);
    const { address, tls, metadata, certificates } = settings;
    const { plugins = [], ...others } = settings.nativeConnection ?? {};
    const options: NativeConnectionOptions = {
      ...others,
      ...(certificates === undefined && { tls }),
      ...{ address, metadata: { ...metadata }, plugins: [...plugins, this.hooks] },
    };
    const place = { ...targetOf(presentation), namespace };
    return this.#translating(signal, namespace, async (onGreeted) => {
      const bounds = { clock, timeoutMs, signal, timeoutError: () => noResponse(place, timeoutMs) };
      try {
        const connection = await inTime(connectNative(options), bounds);
        onGreeted();
        await this.#requireRights(connection, place, signal);
        this.#rejected = undefined;
        return connection;
      } catch (error) {
        if (isRefusal(callFailure(error))) await this.#replaceToken(signal);
        if (tls === false && (await expectsTls(error, settings, clock, signal))) throw tlsExpected(place);
        throw error;
      }
    });
  }

  /** What a user catches for an error of a call to Temporal. */
  translated(error: unknown, more: Partial<ErrorContext> = {}): unknown {
    const tokens = this.#presentation.tokens?.activeTokens ?? [];
    return translate(error, { target: targetOf(this.#presentation), tokens, sent: this.#sent, ...more });
  }

  /** @throws what Temporal's SDK throws for a token that may not write, the signal's reason; the connection is closed then */
  async #requireRights(
    connection: NativeConnection,
    place: TemporalTarget,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock } = this.#presentation.settings;
    try {
      await new Probe({ ...place, clock, explain: messageOf }).check({ connection, signal });
    } catch (error) {
      // Any other answer says nothing of the right to write.
      if (!signal.aborted && !isRefusal(callFailure(error))) return;
      await connection.close();
      throw error;
    }
  }

  async #translating<T>(
    signal: AbortSignal,
    namespace: string,
    open: (onGreeted: () => void) => Promise<T>,
  ): Promise<T> {
    let isGreeted = false;
    const sent = this.#sent;
    try {
      return await open(() => {
        isGreeted = true;
      });
    } catch (error) {
      const target = { ...targetOf(this.#presentation), namespace };
      throw this.translated(error, { target, signal, isGreeted, sent });
    }
  }

  /** Where clocks or key sets lag, the newest token is rejected, and the one that was accepted before it or has aged is not. */
  #tokenToOpenWith(newest: string): string {
    return (newest === this.#rejected ? this.#replacement?.besides([newest]) : undefined) ?? newest;
  }

  /** Has a token replaced that Temporal has accepted before, for the next attempt. */
  async #replaceToken(signal: AbortSignal): Promise<void> {
    const token = this.#presentation.tokens?.peek();
    this.#rejected = this.#rejected === token ? undefined : token;
    const replaced = token === undefined ? undefined : this.#replacement?.rejected(token, 'start');
    if (replaced !== undefined) await abortable(replaced, signal).catch(() => undefined);
  }

  /** The token that calls are made with now. */
  get #sent(): SentToken | undefined {
    const token = this.#presentation.tokens?.peek();
    if (token === undefined) return undefined;
    const wasAccepted = this.#replacement?.isAccepted(token) === true;
    return { token, wasAccepted, nowMs: this.#presentation.settings.clock.wallNow() };
  }
}

/** @throws ConfigurationError when there is none */
export function currentToken(tokens: TokenSource): string {
  const token = tokens.peek();
  if (token === undefined) throw notReady();
  return token;
}
