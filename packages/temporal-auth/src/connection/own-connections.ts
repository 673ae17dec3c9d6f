import type { Connection, ConnectionOptions } from '@temporalio/client';
import type { NativeConnection, NativeConnectionOptions, NativeConnectionPlugin } from '@temporalio/worker';
import { abortable } from '@worker-auth/inlined';
import { messageOf } from '../errors/kind-of-error.ts';
import { noAnswer, tlsExpected } from '../errors/own-errors.ts';
import { callFailure, isRefusal } from '../errors/refusal.ts';
import { type ErrorContext, translate } from '../errors/translate.ts';
import type { SentToken } from '../errors/sent-token.ts';
import { expectsTls } from '../network/expects-tls.ts';
import type { PlaintextWarning } from '../network/plaintext-warning.ts';
import { connectClient } from './client-connection.ts';
import { connectionSettings, type Presentation, targetOf } from './connection-settings.ts';
import { connectNative, inTime } from './connection-factory.ts';
import { Probe } from './probe.ts';
import type { TokenReplacement } from '../tokens/token-replacement.ts';

/** What connections of our own are opened with. */
export interface OwnConnectionsOptions {
  readonly presentation: Presentation;
  /** `undefined` when no token is sent. */
  readonly replacement: TokenReplacement | undefined;
  readonly plaintextWarning: PlaintextWarning;
  /** Adds token and certificate to native connections. */
  readonly hooks: NativeConnectionPlugin;
}

/** Opens the connections of clients and workers that are given none. */
export class OwnConnections {
  readonly #options: OwnConnectionsOptions;

  constructor(options: OwnConnectionsOptions) {
    this.#options = options;
  }

  /** Whether Temporal is reached over TLS. */
  get isTls(): boolean {
    return connectionSettings(this.#options.presentation).tls !== false;
  }

  /** Options of a client connection, without a token. */
  get clientOptions(): ConnectionOptions {
    const { connection, address, tls, metadata, certificates } = connectionSettings(
      this.#options.presentation,
    );
    return { ...connection, ...(certificates === undefined && { tls }), address, metadata: { ...metadata } };
  }

  /**
   * Opens a client connection, and asks for the namespace.
   *
   * @throws ConfigurationError, ConnectivityError or AuthenticationError; nothing is left open then
   */
  openClient(signal: AbortSignal): Promise<Connection> {
    const { presentation, replacement: tokens, plaintextWarning } = this.#options;
    const { connectTimeoutMs: timeoutMs, clock, place } = presentation.settings;
    const { namespace } = place;
    const settings = connectionSettings(presentation);
    const { credentials } = settings.connection ?? {};
    if (presentation.tokens !== undefined) plaintextWarning.check({ ...settings, credentials });
    return this.#translating(signal, namespace, (onGreeted) =>
      connectClient({ settings, tokens, namespace, timeoutMs, clock, signal, onGreeted }),
    );
  }

  /**
   * Opens a native connection for workers, and asks for what only a token with the right to write may do: otherwise a worker would be made, and
   * refused at its first poll.
   *
   * @throws as {@link OwnConnections.openClient}
   */
  openNative(signal: AbortSignal, namespace: string): Promise<NativeConnection> {
    const { presentation, hooks } = this.#options;
    const { connectTimeoutMs: timeoutMs, clock } = presentation.settings;
    const settings = connectionSettings(presentation);
    const { address, tls, metadata, certificates } = settings;
    const { plugins = [], ...others } = settings.nativeConnection ?? {};
    const options: NativeConnectionOptions = {
      ...others,
      ...(certificates === undefined && { tls }),
      ...{ address, metadata: { ...metadata }, plugins: [...plugins, hooks] },
    };
    const place = { ...targetOf(presentation), namespace };
    return this.#translating(signal, namespace, async (onGreeted) => {
      const bounds = { clock, timeoutMs, signal, timeoutError: () => noAnswer(place, timeoutMs) };
      const connection = await inTime(connectNative(options), bounds).catch(async (error: unknown) => {
        if (tls === false && (await expectsTls(error, settings, clock, signal))) throw tlsExpected(place);
        throw error;
      });
      onGreeted();
      try {
        await new Probe({ ...place, clock, explain: messageOf }).check({ connection, signal });
      } catch (error) {
        const isRejected = isRefusal(callFailure(error));
        // Any other answer says nothing of the right to write.
        if (!signal.aborted && !isRejected) return connection;
        await connection.close();
        if (isRejected) await this.#replaceToken(signal);
        throw error;
      }
      return connection;
    });
  }

  /** What a user catches for an error of a call to Temporal. */
  translated(error: unknown, more: Partial<ErrorContext> = {}): unknown {
    const { presentation } = this.#options;
    const tokens = presentation.tokens?.activeTokens ?? [];
    return translate(error, { target: targetOf(presentation), tokens, sent: this.#sent, ...more });
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
      const target = { ...targetOf(this.#options.presentation), namespace };
      throw this.translated(error, { target, signal, isGreeted, sent });
    }
  }

  /** Has a token replaced that Temporal has accepted before, for the next attempt. */
  async #replaceToken(signal: AbortSignal): Promise<void> {
    const { presentation, replacement } = this.#options;
    const token = presentation.tokens?.peek();
    const replaced = token === undefined ? undefined : replacement?.rejected(token, 'start');
    if (replaced !== undefined) await abortable(replaced, signal).catch(() => undefined);
  }

  /** The token that calls are made with now. */
  get #sent(): SentToken | undefined {
    const { presentation, replacement } = this.#options;
    const token = presentation.tokens?.peek();
    if (token === undefined) return undefined;
    const wasAccepted = replacement?.isAccepted(token) === true;
    return { token, wasAccepted, nowMs: presentation.settings.clock.wallNow() };
  }
}
