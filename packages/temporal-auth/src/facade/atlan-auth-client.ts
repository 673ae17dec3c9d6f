import { checkOptions } from '@worker-auth/internal';
import type { GetTokenOptions } from '@worker-auth/token-manager';
import { type AuthHealth, authHealth, type ClientHealth } from '../health/client-health.ts';
import type { AtlanAuthClientOptions, WaitOptions } from '../settings/auth-options.ts';
import { checkAuthClientOptions } from '../settings/temporal-options.ts';
import { applicationBehind, ApplicationTokenSource } from '../tokens/application.ts';

/**
 * The OAuth2 tokens of one application: finds the client credentials, gets tokens with them, and keeps them fresh.
 *
 * With authentication switched off every method works, no token exists, nothing is requested, and no other setting is read.
 */
export class AtlanAuthClient extends ApplicationTokenSource {
  /**
   * Reads options and environment, and requests nothing before `start()` or the first `getToken()`.
   *
   * @throws ConfigurationError for an option or a variable that makes no sense, and variables that contradict each other
   * @throws TypeError for an option that there is not, and an empty application name
   */
  constructor(options: AtlanAuthClientOptions = {}) {
    checkAuthClientOptions(options);
    super(options);
  }

  /** The application's name, as given, or as the environment has it; `undefined` where nobody named it. */
  getApplicationName(): string | undefined {
    return applicationBehind(this).name;
  }

  /** Whether authentication is switched on. */
  isAuthEnabled(): boolean {
    return applicationBehind(this).tokens !== undefined;
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
    return applicationBehind(this).tokens?.manager.expiresAt;
  }

  /** Milliseconds until the current token's life has ended, 0 after its end; `undefined` when there is none. */
  getTimeUntilExpiry(): number | undefined {
    return applicationBehind(this).tokens?.remainingMs;
  }

  /** How the token is, when it is refreshed, where its credentials came from, and what is wrong: plain data, without the token. */
  health(): AuthHealth & Pick<ClientHealth, 'conditions'> {
    const { tokens, common } = applicationBehind(this);
    return { ...authHealth(tokens), conditions: common.conditions.list };
  }

  /** Forgets the token and the credentials: the next token is got with credentials read from their store again. A good token stays when several were requested lately. */
  clearCache(): void {
    applicationBehind(this).tokens?.manager.invalidate();
  }
}
