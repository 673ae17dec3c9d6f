import type { Logger } from '@temporalio/common';
import {
  type CredentialSource,
  discoverCredentials,
  type DiscoverCredentialsOptions,
} from '@worker-auth/secret-store';
import {
  type GetTokenOptions,
  TokenManager,
  type TokenManagerOptions,
  type TokenSource,
} from '@worker-auth/token-manager';
import { defaultLogger, logTokenEvents } from './auth-log.ts';
import { type AuthConfiguration, type Environment, readAuthConfiguration } from './configuration.ts';
import { AuthenticationError, byKind, ConfigurationError, TemporalAuthErrorCode } from './errors.ts';

/** Settings of an {@link AtlanAuthClient}. Options win over the environment. */
export interface AtlanAuthClientOptions {
  /** Names the application's credentials: `postgres-extraction` has the keys `postgres_extraction_client_id` and so on. */
  readonly applicationName: string;
  /** Whether tokens are used at all. Default `ATLAN_WORKFLOW_AUTH_ENABLED`, else false. */
  readonly authEnabled?: boolean | undefined;
  /** The token endpoint. Default `ATLAN_WORKFLOW_AUTH_URL`, else what the secret says (`atlan_auth_url`). */
  readonly authUrl?: string | undefined;
  /** Explicit client credentials win over discovery; give both or neither. */
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** Where the credentials come from instead of discovery: a secret back end of one's own. */
  readonly credentials?: CredentialSource | undefined;
  /** How the credentials are discovered: component, secret name, sidecar, order. */
  readonly discovery?:
    Omit<DiscoverCredentialsOptions, 'applicationName' | 'clientId' | 'clientSecret' | 'env'> | undefined;
  /** How tokens are requested and renewed: scope, audience, client authentication, policy, clock. */
  readonly token?: Omit<TokenManagerOptions, 'credentials' | 'tokenUrl' | 'issuer'> | undefined;
  /** Environment variables. Default `process.env`. */
  readonly env?: Environment | undefined;
  /** Default: Temporal's `DefaultLogger` at level INFO. Never receives a secret. */
  readonly logger?: Logger | undefined;
}

/**
 * The OAuth2 tokens of one application: finds the client credentials, gets tokens with them, and keeps them fresh.
 *
 * With authentication switched off every method works, no token exists, and nothing is requested from anywhere.
 */
export class AtlanAuthClient implements TokenSource, AsyncDisposable {
  readonly #applicationName: string;
  readonly #configuration: AuthConfiguration;
  readonly #credentials: CredentialSource;
  readonly #tokenOptions: AtlanAuthClientOptions['token'];
  readonly #logger: Logger;
  readonly #listeners = new Set<(token: string) => void>();
  #manager: TokenManager | undefined;
  #lastFailure: unknown;
  #credentialsSource: string | undefined;

  /** @throws ConfigurationError for an option or a variable that makes no sense */
  constructor(options: AtlanAuthClientOptions) {
    const env = options.env ?? process.env;
    this.#applicationName = options.applicationName;
    this.#configuration = readAuthConfiguration(options, env);
    this.#logger = options.logger ?? defaultLogger();
    this.#tokenOptions = options.token;
    this.#credentials = options.credentials ?? discover(options, env);
  }

  /** The application's name, as given. */
  getApplicationName(): string {
    return this.#applicationName;
  }

  /** Whether authentication is switched on. */
  isAuthEnabled(): boolean {
    return this.#configuration.authEnabled;
  }

  /**
   * A valid access token: the cached one, or a new one when there is none; `undefined` when authentication is off.
   *
   * @throws ConfigurationError, ConnectivityError or AuthenticationError; the signal's reason when it aborts
   */
  async getAccessToken(options: GetTokenOptions = {}): Promise<string | undefined> {
    return this.isAuthEnabled() ? this.getToken(options) : undefined;
  }

  /** The header for HTTP requests to other services, `authorization: Bearer …`; none when authentication is off. */
  async getAuthenticatedHeaders(): Promise<Record<string, string>> {
    const token = await this.getAccessToken();
    return token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  /** Gets a new token whatever the cached one is good for; `undefined` when authentication is off. */
  refreshToken(): Promise<string | undefined> {
    return this.getAccessToken({ forceRefresh: true });
  }

  /** Whether there is a token, and its life is not over. */
  isTokenValid(): boolean {
    return this.peek() !== undefined;
  }

  /** When the current token's life is over, by the host's clock; `undefined` when there is none. */
  getTokenExpiryTime(): Date | undefined {
    return this.#manager?.expiresAt;
  }

  /** Milliseconds until the current token's life is over, 0 after its end; `undefined` when there is none. */
  getTimeUntilExpiry(): number | undefined {
    return this.#manager?.remainingMs;
  }

  /** Milliseconds until the token is renewed in the background; `undefined` when that is not scheduled. */
  getTimeUntilRefresh(): number | undefined {
    return this.#manager?.nextRefreshInMs;
  }

  /** Where the credentials of the current token came from, in words; `undefined` before the first token. */
  getCredentialsSource(): string | undefined {
    return this.#credentialsSource;
  }

  /** Whether the secret says that Temporal is reached over TLS (`workflow_tls_enabled`); `undefined` when it says nothing. */
  async tlsFromSecret(): Promise<boolean | undefined> {
    if (!this.isAuthEnabled()) return undefined;
    try {
      return (await this.#credentials.get()).tlsEnabled;
    } catch (error) {
      throw byKind(error);
    }
  }

  /** Forgets the token and the credentials: the next token is got with credentials read from their store again. */
  clearCache(): void {
    // A token manager invalidates the credentials with its token.
    (this.#manager ?? this.#credentials).invalidate();
  }

  /** See {@link TokenSource.getToken}; with authentication off there is none, and that is an error here. */
  async getToken(options: GetTokenOptions = {}): Promise<string> {
    try {
      const manager = await this.#tokenManager(options.signal);
      return await manager.getToken(options);
    } catch (error) {
      throw byKind(error);
    }
  }

  /** See {@link TokenSource.peek}. */
  peek(): string | undefined {
    return this.#manager?.peek();
  }

  /** See {@link TokenSource.subscribe}. */
  subscribe(listener: (token: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The token of a call that is made now, for Temporal's client connection, which cannot wait.
   *
   * @throws the reason why there is none; a new one is being requested then, so that a later call can succeed
   */
  tokenForCall(): string {
    const token = this.peek();
    // Renews behind the caller when that is due and nothing else sees to it; its failure is an event of the manager.
    this.getToken().catch(() => undefined);
    if (token !== undefined) return token;
    throw (byKind(this.#lastFailure) as Error | undefined) ?? noValidToken();
  }

  /** Keeps the token fresh in the background from now on. Does nothing when authentication is off. */
  async start(): Promise<void> {
    if (!this.isAuthEnabled()) return;
    const manager = await this.#tokenManager();
    manager.start();
  }

  /** Ends the refreshing and everything that it left running. The client is not used any more after it. */
  async stop(): Promise<void> {
    await this.#manager?.stop();
  }

  /** The same as {@link AtlanAuthClient.stop}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Made when it is first needed, because the token endpoint may stand in the secret. */
  async #tokenManager(signal?: AbortSignal): Promise<TokenManager> {
    if (this.#manager !== undefined) return this.#manager;
    if (!this.isAuthEnabled()) {
      throw new ConfigurationError(
        'Authentication is off: set ATLAN_WORKFLOW_AUTH_ENABLED=true to use tokens.',
        {
          code: TemporalAuthErrorCode.invalidConfiguration,
        },
      );
    }
    const tokenUrl = this.#configuration.authUrl ?? (await this.#credentials.get({ signal })).authUrl;
    if (tokenUrl === undefined) {
      throw new ConfigurationError(
        'There is no token endpoint: set ATLAN_WORKFLOW_AUTH_URL (or authUrl), or atlan_auth_url in the secret.',
        { code: TemporalAuthErrorCode.invalidConfiguration },
      );
    }
    // Another caller may have made it while the secret was read.
    this.#manager ??= this.#createManager(tokenUrl);
    return this.#manager;
  }

  #createManager(tokenUrl: string): TokenManager {
    const manager = new TokenManager({ ...this.#tokenOptions, credentials: this.#credentials, tokenUrl });
    logTokenEvents(manager, this.#logger, this.#applicationName);
    manager.on('tokenRefreshed', ({ credentialsSource }) => {
      this.#credentialsSource = credentialsSource;
    });
    manager.on('refreshFailed', ({ error }) => {
      this.#lastFailure = error;
    });
    manager.subscribe((token) => {
      this.#lastFailure = undefined;
      for (const listener of [...this.#listeners]) callSafely(listener, token);
    });
    return manager;
  }
}

/** What a listener throws is dropped: the others, a worker's connection among them, must get the token all the same. */
function callSafely(listener: (token: string) => void, token: string): void {
  try {
    listener(token);
  } catch {
    // Nobody is there to tell.
  }
}

function discover(options: AtlanAuthClientOptions, env: Environment): CredentialSource {
  try {
    return discoverCredentials({
      ...options.discovery,
      applicationName: options.applicationName,
      clientId: options.clientId,
      clientSecret: options.clientSecret,
      env,
    });
  } catch (error) {
    throw byKind(error);
  }
}

function noValidToken(): AuthenticationError {
  return new AuthenticationError(
    'There is no valid access token yet; a new one is being requested. Try the call again.',
    {
      code: TemporalAuthErrorCode.noValidToken,
      retryable: true,
    },
  );
}
