import type { Logger } from '@temporalio/common';
import {
  callSafely,
  type Clock,
  type Environment,
  type LiveTokens,
  liveTokens,
  systemClock,
} from '@worker-auth/inlined';
import type { WaitingEvent } from '@worker-auth/secret-store';
import {
  type CredentialReadOptions,
  type FileTokenSource,
  type GetTokenOptions,
  TokenManager,
  type TokenManagerEvents,
} from '@worker-auth/token-manager';
import { readTokenEndpoint } from '../settings/auth-configuration.ts';
import type { ApplicationCredentialSource, NamedAuthOptions } from '../settings/auth-options.ts';
import { readNetwork } from '../settings/network.ts';
import { messageOf } from '../errors/kind-of-error.ts';
import { foreignFailure, translate } from '../errors/translate.ts';
import { credentialSource } from './credentials.ts';
import { fileTokens } from './file-tokens.ts';
import { networkFetch } from '../network/network-fetch.ts';
import type { TemporalTokens, TimedTokenOptions } from './temporal-tokens.ts';
import { logTokenEvents } from './token-log.ts';
import { WaitingLog } from './waiting-log.ts';

/** Of the time that a caller waits for a token: the secret store can then say what it waits for. */
const credentialsShare = 0.9;

/**
 * The tokens of one application: its options turned into a token manager, or the source over a file, whose errors are this package's own.
 */
export class ApplicationTokens implements TemporalTokens {
  readonly #manager: TokenManager | FileTokenSource;
  readonly #active: LiveTokens;
  readonly #waiting: WaitingLog;
  readonly #clock: Clock;
  /** The monotonic moment until which credentials are waited for. */
  #credentialsDueMs = Infinity;
  #reads = 0;
  /** `undefined` once the secret store itself tells of its wait, with the reason. */
  #credentialsWaitedFor: string | undefined = 'the credentials';
  #credentialsSource: string | undefined;
  #tlsEnabled: boolean | undefined;
  #clientSecret = '';

  /**
   * @throws ConfigurationError for an option or a variable that makes no sense
   * @throws TypeError or RangeError for options that contradict each other or lie outside their range
   */
  constructor(options: NamedAuthOptions, env: Environment, logger: Logger) {
    const { token, tokenFile, applicationName } = options;
    const clock = token?.clock ?? systemClock;
    this.#clock = clock;
    this.#active = liveTokens(clock);
    this.#waiting = new WaitingLog(clock, logger, () =>
      this.#reads > 0 ? this.#credentialsWaitedFor : (tokenFile ?? 'the token endpoint'),
    );
    try {
      this.#manager =
        tokenFile === undefined
          ? new TokenManager({
              ...{ ...token, ...readTokenEndpoint(options, env) },
              fetch: token?.fetch ?? networkFetch(readNetwork(options, env)),
              credentials: this.#credentials(options, env, logger),
            })
          : fileTokens(tokenFile, options);
    } catch (error) {
      throw translate(error, { tokens: [] });
    }
    this.#manager.subscribe((newest) => {
      this.#active.add(newest, this.#manager.remainingMs ?? 0);
    });
    this.#manager.on('tokenRefreshed', ({ credentialsSource: source }) => {
      this.#credentialsSource = source;
    });
    logTokenEvents(this.#manager, logger, {
      applicationName,
      tokenFile,
      messageOf: (error) => messageOf(this.translated(error)),
    });
  }

  /** @throws ConfigurationError, ConnectivityError, AuthenticationError or StoppedError; the signal's reason */
  async getToken({ timeoutMs, ...options }: TimedTokenOptions = {}): Promise<string> {
    if (timeoutMs === undefined) return this.#getToken(options);
    this.#credentialsDueMs = this.#clock.monotonicNow() + timeoutMs * credentialsShare;
    try {
      return await this.#getToken(options);
    } finally {
      this.#credentialsDueMs = Infinity;
    }
  }

  peek(): string | undefined {
    return this.#manager.peek();
  }

  subscribe(listener: (token: string) => void): () => void {
    return this.#manager.subscribe(listener);
  }

  on<K extends keyof TokenManagerEvents>(
    event: K,
    listener: (event: TokenManagerEvents[K]) => void,
  ): () => void {
    return this.#manager.on(event, listener);
  }

  /** @throws StoppedError after `stop()` */
  start(): void {
    try {
      this.#manager.start();
    } catch (error) {
      throw this.translated(error);
    }
  }

  async stop(): Promise<void> {
    await this.#manager.stop();
  }

  invalidate(): void {
    this.#manager.invalidate();
  }

  get expiresAt(): Date | undefined {
    return this.#manager.expiresAt;
  }

  get remainingMs(): number | undefined {
    return this.#manager.remainingMs;
  }

  get nextRefreshInMs(): number | undefined {
    return this.#manager.nextRefreshInMs;
  }

  /** Where the credentials of the current token came from, in words. */
  get credentialsSource(): string | undefined {
    return this.#credentialsSource;
  }

  /** Why the last request for a token failed, fit to be shown; `undefined` when it did not. */
  get lastError(): unknown {
    const { lastError } = this.#manager;
    return lastError === undefined ? undefined : this.translated(lastError);
  }

  /** Whether there is a token, and its life is not over. */
  get isValid(): boolean {
    return this.peek() !== undefined;
  }

  /** Whether the credentials that were read last say that Temporal is reached over TLS (`workflow_tls_enabled`). */
  get tlsEnabled(): boolean | undefined {
    return this.#tlsEnabled;
  }

  /** The tokens that no message may show. */
  get activeTokens(): readonly string[] {
    const active = this.#active.list();
    // One without an end of its own is good for longer each time that it is found.
    const current = this.peek();
    return current === undefined || active.includes(current) ? active : [...active, current];
  }

  /** All that no text may show: tokens, and the client secret that was read last. */
  get secrets(): readonly string[] {
    return [...this.activeTokens, this.#clientSecret];
  }

  /** What a caller with this signal catches for `error`, about a token. */
  translated(error: unknown, signal?: AbortSignal): unknown {
    return translate(error, { tokens: this.activeTokens, signal });
  }

  async #getToken(options: GetTokenOptions): Promise<string> {
    try {
      const work = this.#manager.getToken(options);
      const held = options.forceRefresh === true ? undefined : this.peek();
      const isServed = held !== undefined && held !== options.rejectedToken;
      return await (isServed ? work : this.#waiting.during(work));
    } catch (error) {
      throw this.translated(error, options.signal);
    }
  }

  #sidecarWaitedFor(logger: Logger, { waitedMs, timeoutMs, address, reason }: WaitingEvent): void {
    this.#credentialsWaitedFor = undefined;
    const seconds = `${Math.round(waitedMs / 1_000)} s of ${Math.round(timeoutMs / 1_000)} s`;
    logger.info(`Waiting for the Dapr sidecar at ${address}, for ${seconds} so far: ${reason}`);
  }

  #credentials(options: NamedAuthOptions, env: Environment, logger: Logger): ApplicationCredentialSource {
    const source = credentialSource(options, env, (event) => {
      this.#sidecarWaitedFor(logger, event);
    });
    return this.#observed(source, options.credentials !== undefined);
  }

  #bounded({ timeoutMs = Infinity, ...options }: CredentialReadOptions): CredentialReadOptions {
    const leftMs = Math.min(timeoutMs, this.#credentialsDueMs - this.#clock.monotonicNow());
    return leftMs === Infinity ? options : { ...options, timeoutMs: Math.max(1, leftMs) };
  }

  #observed(source: ApplicationCredentialSource, isForeign: boolean): ApplicationCredentialSource {
    return {
      get: async (options = {}) => {
        this.#reads++;
        try {
          const credentials = await source.get(this.#bounded(options));
          // A source that gives nothing at all is the token manager's to complain about.
          const given = credentials as Partial<typeof credentials> | undefined;
          this.#tlsEnabled = given?.tlsEnabled;
          this.#clientSecret = typeof given?.clientSecret === 'string' ? given.clientSecret : '';
          return credentials;
        } catch (error) {
          const scene = { tokens: this.activeTokens, signal: options.signal };
          throw isForeign ? foreignFailure(error, 'credential source', scene) : error;
        } finally {
          this.#reads--;
          this.#credentialsWaitedFor = 'the credentials';
        }
      },
      invalidate: () => {
        // One of the user's own may have none.
        callSafely<unknown>(() => (source as Partial<typeof source>).invalidate?.(), undefined);
      },
    };
  }
}
