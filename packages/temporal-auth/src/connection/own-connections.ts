import type { Connection, ConnectionOptions } from '@temporalio/client';
import type { NativeConnection, NativeConnectionOptions, NativeConnectionPlugin } from '@temporalio/worker';
import { type ErrorContext, translate } from '../errors/translate.ts';
import type { SentToken } from '../errors/sent-token.ts';
import type { PlaintextWarning } from '../network/plaintext-warning.ts';
import { connectClient } from './client-connection.ts';
import { connectionSettings, type Presentation, targetOf } from './connection-settings.ts';
import { connectNative } from './native-connection.ts';
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
   * Opens a native connection for workers, and asks for what they need.
   *
   * @throws as {@link OwnConnections.openClient}
   */
  openNative(signal: AbortSignal, namespace: string): Promise<NativeConnection> {
    const { presentation, hooks } = this.#options;
    const { connectTimeoutMs: timeoutMs, clock, network } = presentation.settings;
    const settings = connectionSettings(presentation);
    const { address, tls, metadata, certificates } = settings;
    const { plugins = [], ...others } = settings.nativeConnection ?? {};
    const options: NativeConnectionOptions = {
      ...others,
      ...(certificates === undefined && { tls }),
      ...{ address, metadata: { ...metadata }, plugins: [...plugins, hooks] },
    };
    return this.#translating(signal, namespace, (onGreeted) =>
      connectNative({
        open: async () => {
          const { NativeConnection } = await import('@temporalio/worker');
          return NativeConnection.connect(options);
        },
        place: { ...targetOf(presentation), address, namespace },
        isPlaintext: tls === false,
        ...{ network, timeoutMs, clock, signal, onGreeted },
      }),
    );
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
    try {
      return await open(() => {
        isGreeted = true;
      });
    } catch (error) {
      const target = { ...targetOf(this.#options.presentation), namespace };
      throw this.translated(error, { target, signal, isGreeted });
    }
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
