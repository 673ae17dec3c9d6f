import {
  Connection,
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import type { NativeConnection, NativeConnectionOptions, NativeConnectionPlugin } from '@temporalio/worker';
import { abortable, withDeadline } from '@worker-auth/internal';
import { noResponse, notKept, notReady, tlsExpected } from '@worker-auth/calls/errors/own-errors';
import { callFailure, grpcCode, isRejection } from '@worker-auth/calls/errors/rejection';
import {
  type ErrorContext,
  messageOf,
  type SentToken,
  type TemporalTarget,
  translate,
} from '@worker-auth/calls/errors/translate';
import { withAnsweringChannel } from '../network/answering-channel.ts';
import { expectsTls, routedNative } from '../network/routed-options.ts';
import { withRotatingTls } from '../network/rotating-channel.ts';
import { withoutAuthorization } from '@worker-auth/calls/settings/settings';
import { rejectAuthorization } from '../settings/plugin-settings.ts';
import { ForeignTokens, type TemporalTokens } from '@worker-auth/calls/tokens/temporal-tokens';
import type { ConnectionVerdicts, TokenReplacement } from '@worker-auth/calls/tokens/token-replacement';
import { ConnectionFactory, connectNative, inTime, withFactory } from './connection-factory.ts';
import { acceptedCall, clientCalls } from './harmless-calls.ts';
import { lateTlsGuard } from './late-tls.ts';
import { completed, ownOptions, type Presentation, targetOf, withTokenInterceptor } from './presentation.ts';
import { Probe } from './probe.ts';
import { isPlaintext, plaintextWarning, tlsOf } from '@worker-auth/calls/connections/temporal-tls';

/** The scope of starts. */
const start = 'start';

/** Presents token and certificate to Temporal: by Temporal's hooks on connections of the user's, and on those that it opens itself. */
export class Connector implements NativeConnectionPlugin {
  readonly name = '@worker-auth/temporal-auth';
  readonly target: TemporalTarget;
  readonly #presentation: Presentation;
  readonly #replacement: TokenReplacement | undefined;
  readonly #checkPlaintext: ReturnType<typeof plaintextWarning>;
  /** Of the connections that did not open. */
  readonly #starts: ConnectionVerdicts | undefined;

  /** @param replacement `undefined` when no token is sent */
  constructor(presentation: Presentation, replacement: TokenReplacement | undefined) {
    this.target = targetOf(presentation);
    this.#presentation = presentation;
    this.#replacement = replacement;
    this.#starts = replacement?.connection();
    this.#checkPlaintext = plaintextWarning(presentation.settings.logger);
  }

  /** Options of a client connection, with what the settings say and the token on every call. Those of the user are the same where neither is. */
  clientOptions(options: ConnectionOptions, isOurs = false): ConnectionOptions {
    const { certificates, settings } = this.#presentation;
    const given = isOurs ? options : completed(options, this.#presentation);
    const rotating = withRotatingTls(given, certificates, settings.network);
    if (!isOurs && this.#replacement === undefined && rotating === given) return given;
    if (this.#replacement !== undefined) rejectAuthorization(given, settings.profile);
    const isUnsaid = isOurs || given.tls === undefined;
    const guard = isUnsaid ? lateTlsGuard(this.#presentation, rotating) : undefined;
    const routed = withTokenInterceptor(rotating, this.#replacement, settings.network, guard);
    const isOwnChannel = given.channelArgs?.['channelFactoryOverride'] !== undefined;
    const configured = isOwnChannel ? routed : withAnsweringChannel(routed, settings);
    if (this.#replacement !== undefined) this.#checkPlaintext({ ...configured, address: given.address });
    return configured;
  }

  ownClientOptions(defaults: ConnectionOptions = {}): ConnectionOptions {
    const { connection } = this.#presentation.settings;
    return this.clientOptions({ ...defaults, ...connection, ...ownOptions(this.#presentation) }, true);
  }

  /** Options of a native connection, with what the settings say, and the newest token and certificate. The same where nothing is added. */
  configureNativeConnection(
    given: NativeConnectionOptions,
    namespace = this.target.namespace,
  ): NativeConnectionOptions {
    const { tokens, certificates, settings } = this.#presentation;
    const options = completed(given, this.#presentation);
    const certificate = options.tls === undefined ? certificates?.newest : undefined;
    if (tokens === undefined && certificate === undefined) return options;
    // The API key of one that was configured before is the token.
    if (tokens && !ConnectionFactory.of(options)) rejectAuthorization(options, settings.profile);
    const token = tokens && this.#tokenToOpenWith(currentToken(tokens), namespace);
    const presented = { token, fingerprint: certificate?.fingerprint };
    const { metadata, tls = false, ...others } = withFactory(options, this, presented);
    const configured = {
      ...others,
      ...(token !== undefined && { apiKey: token }),
      tls: certificate === undefined ? tls : (certificates?.tls(certificate) ?? tls),
      metadata: token === undefined ? { ...metadata } : withoutAuthorization(metadata),
    };
    this.#checkPlaintext(configured);
    return routedNative(configured, settings.network);
  }

  get isTls(): boolean {
    return tlsOf(this.#presentation) !== false;
  }

  /** Opens a client connection, and asks for the namespace. Nothing is left open when it throws. */
  openClient(signal: AbortSignal): Promise<Connection> {
    return this.#translating(signal, this.target, (onGreeted) => this.connect(signal, onGreeted));
  }

  /** The same, with the errors of Temporal's SDK. GetSystemInfo, which is answered before `onGreeted`, needs no permission. */
  async connect(signal: AbortSignal, onGreeted: () => unknown): Promise<Connection> {
    const { settings } = this.#presentation;
    const { connectTimeoutMs: timeoutMs, clock, place } = settings;
    let isOpen = false;
    // The first failure says why there is no connection, so Temporal's retries begin once there is one. Nobody could cancel their timers either: on
    // a closed connection they would end the process.
    const { retryableDecider, ...retries } = defaultGrpcRetryOptions();
    const retry = makeGrpcRetryInterceptor({
      ...retries,
      retryableDecider: (...call) => isOpen && retryableDecider(...call),
    });
    const options = this.ownClientOptions({ interceptors: [retry] });
    // Not `Connection.connect`: that keeps a connection which fails at the first call to itself, open.
    const connection = Connection.lazy({ ...options, connectTimeout: timeoutMs });
    const ask = async (): Promise<void> => {
      // Not `ensureConnected`, which waits for a connection until the deadline and then does not know why there was none.
      await connection.workflowService.getSystemInfo({}).catch((error: unknown) => {
        // Servers of before 2022 do not have it.
        if (callFailure(error).grpcStatus !== grpcCode.unimplemented) throw error;
      });
      onGreeted();
      await acceptedCall(clientCalls, (call) => call(connection.workflowService, place.namespace));
    };
    const bounds = { clock, timeoutMs, signal, timeoutError: () => noResponse(this.target, timeoutMs) };
    try {
      await withDeadline((ending) => connection.withAbortSignal(ending, ask), bounds);
      isOpen = true;
      return connection;
    } catch (error) {
      await connection.close();
      if (isPlaintext(options) && (await expectsTls(error, settings, signal))) throw tlsExpected(this.target);
      throw error;
    }
  }

  /** Opens a native connection for workers, and asks for the right to write: without it a worker would be rejected at its first poll. */
  openNative(
    signal: AbortSignal,
    namespace: string,
    given: NativeConnectionOptions = {},
  ): Promise<NativeConnection> {
    const { settings } = this.#presentation;
    const { connectTimeoutMs: timeoutMs, clock, nativeConnection, place } = settings;
    const options = completed({ ...nativeConnection, ...given }, this.#presentation);
    const plugins = [...(nativeConnection.plugins ?? []), ...(given.plugins ?? [])];
    const { address = place.address, tls = false } = options;
    const target = { ...this.target, address, namespace };
    const scope = this.#starts?.scope(namespace, start);
    return this.#translating(signal, target, async (onGreeted) => {
      const sentMs = clock.monotonicNow();
      const bounds = { clock, timeoutMs, signal, timeoutError: () => noResponse(target, timeoutMs) };
      let token: string | undefined;
      const noting: NativeConnectionPlugin = {
        name: this.name,
        configureNativeConnection: (one) => {
          const configured = this.configureNativeConnection(one, namespace);
          token = configured.apiKey;
          if (token !== undefined && scope !== undefined) this.#replacement?.sent(scope, token);
          return configured;
        },
      };
      try {
        const connection = await inTime(connectNative({ ...options, plugins: [...plugins, noting] }), bounds);
        onGreeted();
        const asked = new Probe({ ...target, clock, explain: messageOf }).check({ connection, signal });
        await asked.catch(async (error: unknown) => {
          // Any other answer says nothing of the right to write.
          if (!signal.aborted && !isRejection(callFailure(error))) return;
          await connection.close();
          throw error;
        });
        if (token !== undefined && scope !== undefined) this.#replacement?.accepted(scope, token, sentMs);
        return connection;
      } catch (error) {
        if (isRejection(callFailure(error)) && token !== undefined && scope !== undefined) {
          const another = this.#replacement?.rejected(scope, [token], sentMs);
          await abortable(another, signal).catch(() => undefined);
        }
        const reached = { ...settings, place: { ...place, address } };
        if (isPlaintext({ tls }) && (await expectsTls(error, reached, signal))) throw tlsExpected(target);
        throw error;
      }
    });
  }

  /** What a user catches for an error of a call to Temporal. */
  translated(error: unknown, more: Partial<ErrorContext> = {}): unknown {
    const tokens = this.#presentation.tokens?.activeTokens ?? [];
    return translate(error, { target: this.target, tokens, sent: this.#sent, ...more });
  }

  async #translating<T>(
    signal: AbortSignal,
    target: TemporalTarget,
    open: (onGreeted: () => unknown) => Promise<T>,
  ): Promise<T> {
    const context = { target, signal, sent: this.#sent, isGreeted: false };
    try {
      return await open(() => (context.isGreeted = true));
    } catch (error) {
      throw this.translated(error, context);
    }
  }

  /** Where clocks or key sets lag, the newest token is rejected, and the one that was accepted before it or has aged is not. */
  #tokenToOpenWith(newest: string, namespace: string): string {
    const { known, clock } = this.#replacement ?? {};
    const scope = this.#starts?.scope(namespace, start);
    return known && clock ? (scope?.next(known, clock.monotonicNow()) ?? newest) : newest;
  }

  /** The token that calls are made with now. */
  get #sent(): SentToken | undefined {
    const token = this.#presentation.tokens?.peek();
    if (token === undefined) return undefined;
    const wasAccepted = this.#replacement?.wasAccepted(token) === true;
    return { token, wasAccepted, nowMs: this.#presentation.settings.clock.wallNow() };
  }
}

/** @throws ConfigurationError when there is none */
export function currentToken(tokens: TemporalTokens): string {
  const token = tokens.peek();
  if (token !== undefined) return token;
  const isNotKept = tokens instanceof ForeignTokens && tokens.activeTokens.length > 0;
  throw isNotKept ? notKept() : notReady();
}
