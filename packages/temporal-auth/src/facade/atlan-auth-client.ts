import type { GetTokenOptions, TokenManagerEvents, TokenSource } from '@worker-auth/token-manager';
import { switchedOff } from '../errors/own-errors.ts';
import { type AuthHealth, authHealth } from '../health/client-health.ts';
import type { AtlanAuthClientOptions } from '../settings/auth-options.ts';
import type { WaitOptions } from '../settings/client-options.ts';
import { checkAuthClientOptions } from '../settings/option-names.ts';
import { type Application, type ApplicationTokens, readApplication } from '../tokens/application-tokens.ts';

/** The application behind a client, for the other facade. */
export let applicationOfClient: (client: AtlanAuthClient) => Application;

/**
 * The OAuth2 tokens of one application: finds the client credentials, gets tokens with them, and keeps them fresh.
 *
 * With authentication switched off every method works, no token exists, nothing is requested from anywhere, and no other setting
 * is looked at.
 */
export class AtlanAuthClient implements TokenSource, AsyncDisposable {
  readonly #application: Application;

  static {
    applicationOfClient = (client) => client.#application;
  }

  /**
   * @throws ConfigurationError for an option or a variable that makes no sense, and when nothing names the application
   * @throws TypeError for an option that there is not, an empty application name, and options that contradict each other
   */
  constructor(options: AtlanAuthClientOptions = {}) {
    checkAuthClientOptions(options);
    this.#application = readApplication(options);
  }

  /** The application's name, as given, or as the environment has it. */
  getApplicationName(): string {
    return this.#application.name;
  }

  /** Whether authentication is switched on. */
  isAuthEnabled(): boolean {
    return this.#tokens !== undefined;
  }

  /**
   * A valid access token: the cached one, or a new one when there is none; `undefined` when authentication is off.
   *
   * @throws ConfigurationError, ConnectivityError or AuthenticationError; StoppedError after `stop()`; the signal's reason
   */
  async getAccessToken(options: GetTokenOptions = {}): Promise<string | undefined> {
    return this.#tokens?.getToken(options);
  }

  /** The header for HTTP requests to other services, `authorization: Bearer …`; none when authentication is off. Throws as `getAccessToken`. */
  async getAuthenticatedHeaders({ signal }: WaitOptions = {}): Promise<Record<string, string>> {
    const token = await this.getAccessToken({ signal });
    return token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  /** Gets a new token whatever the cached one is good for; `undefined` when authentication is off. Throws as `getAccessToken`. */
  refreshToken({ signal }: WaitOptions = {}): Promise<string | undefined> {
    return this.getAccessToken({ forceRefresh: true, signal });
  }

  /** Whether there is a token, and its life is not over. */
  isTokenValid(): boolean {
    return this.peek() !== undefined;
  }

  /** When the current token's life is over, by the host's clock; `undefined` when there is none. */
  getTokenExpiryTime(): Date | undefined {
    return this.#tokens?.manager.expiresAt;
  }

  /** Milliseconds until the current token's life is over, 0 after its end; `undefined` when there is none. */
  getTimeUntilExpiry(): number | undefined {
    return this.#tokens?.manager.remainingMs;
  }

  /** How the token is, when it is renewed, and where its credentials came from: plain data, without the token. */
  health(): AuthHealth {
    return authHealth(this.#tokens);
  }

  /** Forgets the token and the credentials: the next token is got with credentials read from their store again. */
  clearCache(): void {
    this.#tokens?.manager.invalidate();
  }

  /** See {@link TokenSource.getToken}. Throws as `getAccessToken`, and with authentication off, since there is none then. */
  async getToken(options: GetTokenOptions = {}): Promise<string> {
    if (this.#tokens !== undefined) return this.#tokens.getToken(options);
    throw switchedOff();
  }

  /** See {@link TokenSource.peek}; nothing when authentication is off. */
  peek(): string | undefined {
    return this.#tokens?.peek();
  }

  /** See {@link TokenSource.subscribe}; never called when authentication is off. */
  subscribe(listener: (token: string) => void): () => void {
    return this.#tokens?.subscribe(listener) ?? (() => undefined);
  }

  /**
   * Calls `listener` with each event of the kind: see `TokenManagerEvents`. No event carries a token, and there is none when
   * authentication is off. What a listener throws, or rejects with, is dropped. Returns what ends the subscription.
   */
  on<K extends keyof TokenManagerEvents>(
    event: K,
    listener: (event: TokenManagerEvents[K]) => void,
  ): () => void {
    return this.#tokens?.on(event, listener) ?? (() => undefined);
  }

  /** Keeps the token fresh in the background from now on. Does nothing when authentication is off. Throws StoppedError after `stop()`. */
  async start(): Promise<void> {
    this.#tokens?.start();
    return Promise.resolve();
  }

  /** Ends the refreshing and everything that it left running, for good. Never rejects. */
  async stop(): Promise<void> {
    await this.#tokens?.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  get #tokens(): ApplicationTokens | undefined {
    return this.#application.tokens;
  }
}
