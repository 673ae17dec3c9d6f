import { abortable, handled, TokenBudget } from '@worker-auth/internal';
import type { Lease } from '@worker-auth/refresh-scheduler';
import type { Attempts, AttemptsHooks, ObtainedToken } from './attempts.ts';
import { ClientRefusal } from './client-refusal.ts';
import { isClientRejection } from './errors.ts';
import type { RequestCredentials } from './credential-reader.ts';
import type { TokenManagerSettings } from './settings.ts';
import { timed } from './timed.ts';
import type { TokenEndpoint } from './token-endpoint.ts';

/** Of the time of an attempt: a source that waits can then say for what, before the attempt is abandoned. */
const credentialsShare = 0.9;

/**
 * Single attempts to get a token: reads the credentials, asks the endpoint. While the server refuses the client the credentials are
 * read again at each attempt, which costs the server nothing; it is asked at once when they changed, and rarely while they did not.
 */
export class TokenAttempts implements Attempts {
  readonly budget: TokenBudget;
  readonly unchangedMessage =
    'The token endpoint gave the token again that was refused. Check whether it, or a proxy before it, caches tokens';
  readonly #settings: TokenManagerSettings;
  readonly #hooks: AttemptsHooks;
  #endpoint: TokenEndpoint | undefined;
  #refusal: ClientRefusal | undefined;
  #credentialsDueMs = 0;

  constructor(settings: TokenManagerSettings, hooks: AttemptsHooks) {
    this.#settings = settings;
    this.budget = new TokenBudget(settings.clock, settings.metered);
    this.#hooks = hooks;
  }

  async obtain(signal: AbortSignal): Promise<Lease<ObtainedToken>> {
    const { clock, attemptTimeoutMs } = this.#settings;
    this.#credentialsDueMs = clock.monotonicNow() + attemptTimeoutMs * credentialsShare;
    // The first request loads what it needs while the credentials are read.
    const loading = this.#endpoint ?? handled(abortable(this.#load(), signal));
    const credentials = await this.#read(signal);
    await loading;
    const refusal = this.#refusal;
    if (refusal !== undefined && refusal.nextRequestInMs > 0 && !this.#mayTry(credentials, refusal))
      throw refusal.error;
    try {
      return await this.#request(credentials, signal);
    } catch (error) {
      if (!isClientRejection(error)) throw error;
      return this.#requestWithOthers(credentials, error, signal);
    }
  }

  /** After a refused client the credentials are read again soon; they decide whether the server is asked. */
  retryInMs(error: unknown): number | undefined {
    const refusal = this.#refusal;
    if (refusal === undefined || error !== refusal.error) return undefined;
    return Math.max(0, Math.min(refusal.nextRequestInMs, this.#settings.credentialRereadMs));
  }

  invalidate(): void {
    this.#settings.credentials.invalidate();
  }

  /** Once more with what the store gives now, if that differs: the same credentials would be refused again. */
  async #requestWithOthers(
    refused: RequestCredentials,
    error: unknown,
    signal: AbortSignal,
  ): Promise<Lease<ObtainedToken>> {
    const refusal = this.#refuse(refused, error);
    this.#hooks.report('credentialsRejected', { error, source: refused.source });
    // A store that cannot answer now says less than the server's refusal did; the next attempt reads it again.
    const again = await this.#read(signal).catch(() => undefined);
    if (again === undefined || !this.#mayTry(again, refusal)) throw error;
    try {
      return await this.#request(again, signal);
    } catch (secondError) {
      if (isClientRejection(secondError)) this.#refuse(again, secondError);
      throw secondError;
    }
  }

  /** Others than were refused are tried before it is time: a store may alternate between wrong ones. */
  #mayTry(credentials: RequestCredentials, refusal: ClientRefusal): boolean {
    return !refusal.isOf(credentials) && this.budget.draw() === 0;
  }

  /** Past a refusal what the source remembers is of no use. */
  #read(signal: AbortSignal): Promise<RequestCredentials> {
    const { credentials, clock } = this.#settings;
    if (this.#refusal !== undefined) credentials.invalidate();
    // Whole, as `AbortSignal.timeout` takes it.
    const timeoutMs = Math.max(1, Math.floor(this.#credentialsDueMs - clock.monotonicNow()));
    return timed(credentials.read({ signal, timeoutMs }), { clock, signal }, (durationMs, error, result) => {
      this.#hooks.report('credentialsRead', { durationMs, error, source: result?.source });
    });
  }

  async #request(credentials: RequestCredentials, signal: AbortSignal): Promise<Lease<ObtainedToken>> {
    const endpoint = this.#endpoint ?? (await this.#load());
    const { activeTokens } = this.#hooks;
    const { clock } = this.#settings;
    const request = endpoint.request(credentials, { signal, activeTokens });
    const lease = await timed(request, { clock, signal }, (durationMs, error) => {
      this.#hooks.report('tokenRequested', { durationMs, error });
    });
    this.#refusal = undefined;
    return lease;
  }

  #refuse(credentials: RequestCredentials, error: unknown): ClientRefusal {
    this.#refusal = new ClientRefusal(credentials, error, this.#settings.clock, this.#refusal);
    return this.#refusal;
  }

  /**
   * Transport and parsing are loaded for the first request: importing ky loads the host's fetch, importing zod its many modules,
   * several times what the rest of this package takes. A failed import is tried again by the next attempt.
   */
  async #load(): Promise<TokenEndpoint> {
    if (this.#endpoint !== undefined) return this.#endpoint;
    const { TokenEndpoint: Endpoint } = await import('./token-endpoint.ts');
    this.#endpoint ??= new Endpoint(this.#settings.endpoint, this.#settings.clock);
    return this.#endpoint;
  }
}
