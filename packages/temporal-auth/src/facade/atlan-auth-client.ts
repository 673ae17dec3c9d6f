import { checkOptions } from '@worker-auth/internal';
import type { GetTokenOptions, TokenManagerEvents, TokenSource } from '@worker-auth/token-manager';
import { type AuthHealth, authHealth, type ClientHealth } from '@worker-auth/calls/tokens/client-health';
import { switchedOff } from '@worker-auth/calls/errors/own-errors';
import type { WaitOptions } from '@worker-auth/calls/settings/auth-options';
import type { AtlanAuthClientOptions } from '../settings/client-options.ts';
import { checkAuthClientOptions } from '../settings/temporal-options.ts';
import { type Application, readApplication } from '@worker-auth/calls/tokens/application';

/** The application behind its client, for this package. */
export let applicationBehind: (client: AtlanAuthClient) => Application;

/**
 * The OAuth2 tokens of one application: finds the client credentials, gets tokens with them, and keeps them fresh.
 *
 * With authentication switched off every method works, no token exists, nothing is requested, and no other setting is read.
 */
export class AtlanAuthClient implements TokenSource, AsyncDisposable {
  readonly #application: Application;

  static {
    // eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- the variable has the type
    applicationBehind = (client) => client.#application;
  }

  /**
   * Reads options and environment, and requests nothing before `start()` or the first `getToken()`.
   *
   * @throws ConfigurationError for an option or a variable that makes no sense, and variables that contradict each other
   * @throws TypeError for an option that there is not, and an empty application name
   */
  constructor(options: AtlanAuthClientOptions = {}) {
    checkAuthClientOptions(options);
    this.#application = readApplication(options);
  }

  /**
   * See {@link TokenSource.getToken}; with authentication off there is none, and that is an error here.
   *
   * @throws ConfigurationError, ConnectivityError or AuthenticationError; StoppedError after `stop()`; the signal's reason
   */
  async getToken(options: GetTokenOptions = {}): Promise<string> {
    const { tokens } = this.#application;
    if (tokens === undefined) throw switchedOff();
    return tokens.getToken(options);
  }

  /** See {@link TokenSource.peek}; nothing when authentication is off. */
  peek(): string | undefined {
    return this.#application.tokens?.peek();
  }

  /** See {@link TokenSource.subscribe}; never called when authentication is off. */
  subscribe(listener: (token: string) => void): () => void {
    return this.#application.tokens?.subscribe(listener) ?? (() => undefined);
  }

  /**
   * Calls `listener` with each event of the kind: see `TokenManagerEvents`. No event carries a token, and there is none when
   * authentication is off. What a listener throws, or rejects with, is dropped.
   *
   * @returns ends the subscription
   */
  on<K extends keyof TokenManagerEvents>(
    event: K,
    listener: (event: TokenManagerEvents[K]) => void,
  ): () => void {
    return this.#application.tokens?.on(event, listener) ?? (() => undefined);
  }

  /**
   * Keeps the token fresh in the background from now on. Does nothing when authentication is off.
   *
   * @throws StoppedError after `stop()`
   */
  async start(): Promise<void> {
    this.#application.tokens?.start();
    return Promise.resolve();
  }

  /** Ends the refreshing and everything that it left running, for good. Never rejects. */
  async stop(): Promise<void> {
    await this.#application.tokens?.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** The application's name, as given, or as the environment has it; `undefined` where nobody named it. */
  getApplicationName(): string | undefined {
    return this.#application.name;
  }

  /** Whether authentication is switched on. */
  isAuthEnabled(): boolean {
    return this.#application.tokens !== undefined;
  }

  /**
   * A valid access token: the cached one, or a new one when there is none; `undefined` when authentication is off.
   *
   * @throws ConfigurationError, ConnectivityError or AuthenticationError; StoppedError after `stop()`; the signal's reason
   */
  async getAccessToken(options: GetTokenOptions = {}): Promise<string | undefined> {
    return this.isAuthEnabled() ? this.getToken(options) : undefined;
  }

  /** The header for HTTP requests to other services, `authorization: Bearer …`; none when authentication is off. Throws as `getAccessToken()`. */
  async getAuthenticatedHeaders(options: WaitOptions = {}): Promise<Record<string, string>> {
    checkOptions('getAuthenticatedHeaders', options, { signal: true });
    const token = await this.getAccessToken(options);
    return token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  /** Gets a new token while the cached one is good, or that one when several were requested lately; `undefined` when authentication is off. Throws as `getAccessToken()`. */
  async refreshToken(options: WaitOptions = {}): Promise<string | undefined> {
    checkOptions('refreshToken', options, { signal: true });
    return this.getAccessToken({ ...options, forceRefresh: true });
  }

  /** Whether there is a token, and its life is not over. */
  isTokenValid(): boolean {
    return this.peek() !== undefined;
  }

  /** When the current token's life has ended, by the host's clock; `undefined` when there is none. */
  getTokenExpiryTime(): Date | undefined {
    return this.#application.tokens?.manager.expiresAt;
  }

  /** Milliseconds until the current token's life has ended, 0 after its end; `undefined` when there is none. */
  getTimeUntilExpiry(): number | undefined {
    return this.#application.tokens?.remainingMs;
  }

  /** How the token is, when it is refreshed, where its credentials came from, and what is wrong: plain data, without the token. */
  health(): AuthHealth & Pick<ClientHealth, 'conditions'> {
    const { tokens, common } = this.#application;
    return { ...authHealth(tokens), conditions: common.conditions.list };
  }

  /** Forgets the token and the credentials: the next token is got with credentials read from their store again. A good token stays when several were requested lately. */
  clearCache(): void {
    this.#application.tokens?.manager.invalidate();
  }
}
