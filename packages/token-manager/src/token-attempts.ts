import { abortable, type Lease } from '@worker-auth/refresh-scheduler';
import { AttemptFailure } from './attempt-failure.ts';
import type { Attempts, AttemptsHooks, ObtainedToken } from './attempts.ts';
import { ClientRefusal } from './client-refusal.ts';
import { isClientRejection } from './errors.ts';
import type { ProvenCredentials } from './proven-credentials.ts';
import type { TokenManagerSettings } from './options.ts';
import { timed } from './timed.ts';
import type { TokenEndpoint } from './token-endpoint.ts';

/** Of the time of an attempt: a source that waits can then say for what, before the attempt is given up. */
const credentialsShare = 0.9;

/**
 * Single attempts to get a token: reads the credentials, asks the endpoint. While the server refuses the client the credentials are
 * read again at each attempt, which costs the server nothing; it is asked at once when they changed, and rarely while they did not.
 */
export class TokenAttempts implements Attempts {
  readonly unchangedMessage =
    'The token endpoint gave the token again that was refused. Check whether it, or a proxy before it, caches tokens';
  readonly #settings: TokenManagerSettings;
  readonly #hooks: AttemptsHooks;
  #endpoint: TokenEndpoint | undefined;
  #refusal: ClientRefusal | undefined;
  #credentialsDueMs = 0;

  constructor(settings: TokenManagerSettings, hooks: AttemptsHooks) {
    this.#settings = settings;
    this.#hooks = hooks;
  }

  async obtain(signal: AbortSignal): Promise<Lease<ObtainedToken>> {
    const { clock, attemptTimeoutMs } = this.#settings;
    this.#credentialsDueMs = clock.monotonicNow() + attemptTimeoutMs * credentialsShare;
    try {
      return await this.#obtain(signal);
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof AttemptFailure ? error : new AttemptFailure(error);
    }
  }

  invalidate(): void {
    this.#settings.credentials.invalidate();
  }

  async #obtain(signal: AbortSignal): Promise<Lease<ObtainedToken>> {
    // The first request loads what it needs while the credentials are read.
    const [credentials] = await Promise.all([this.#read(signal), abortable(this.#load(), signal)]);
    if (this.#refusal?.isOf(credentials) === true && this.#refusal.nextRequestInMs > 0) {
      throw this.#refused(this.#refusal, true);
    }
    try {
      return await this.#request(credentials, signal);
    } catch (error) {
      if (!isClientRejection(error)) throw error;
      return this.#requestWithOthers(credentials, error, signal);
    }
  }

  /** Once more with what the store gives now, if that differs: the same credentials would be refused again. */
  async #requestWithOthers(
    refused: ProvenCredentials,
    error: unknown,
    signal: AbortSignal,
  ): Promise<Lease<ObtainedToken>> {
    const refusal = this.#refuse(refused, error);
    this.#hooks.tell('credentialsRejected', { error, source: refused.source });
    // A store that cannot answer now says less than the server's refusal did; the next attempt reads it again.
    const again = await this.#read(signal).catch(() => undefined);
    if (again === undefined || refusal.isOf(again)) throw this.#refused(refusal, false);
    try {
      return await this.#request(again, signal);
    } catch (secondError) {
      throw isClientRejection(secondError)
        ? this.#refused(this.#refuse(again, secondError), false)
        : secondError;
    }
  }

  /** Past a refusal what the source remembers is of no use. */
  #read(signal: AbortSignal): Promise<ProvenCredentials> {
    const { credentials: source, clock } = this.#settings;
    if (this.#refusal !== undefined) source.invalidate();
    const timeoutMs = Math.max(1, this.#credentialsDueMs - clock.monotonicNow());
    const read = () => abortable(source.get({ signal, timeoutMs }), signal);
    return timed(read, { clock, signal }, ({ result, ...ending }) => {
      this.#hooks.tell('credentialsRead', { ...ending, source: result?.source });
    });
  }

  async #request(credentials: ProvenCredentials, signal: AbortSignal): Promise<Lease<ObtainedToken>> {
    const endpoint = await this.#load();
    const liveTokens = this.#hooks.liveTokens();
    const request = () => endpoint.request(credentials, { signal, liveTokens });
    const { clock } = this.#settings;
    const { value, ...lease } = await timed(request, { clock, signal }, ({ durationMs, error }) => {
      this.#hooks.tell('tokenRequested', { durationMs, error });
    });
    this.#refusal = undefined;
    return { ...lease, value: { ...value, credentialsSource: credentials.source } };
  }

  #refuse(credentials: ProvenCredentials, error: unknown): ClientRefusal {
    this.#refusal = new ClientRefusal(credentials, error, this.#settings.clock, this.#refusal);
    return this.#refusal;
  }

  #refused({ error, nextRequestInMs }: ClientRefusal, isSilent: boolean): AttemptFailure {
    const retryInMs = Math.min(nextRequestInMs, this.#settings.credentialRereadMs);
    return new AttemptFailure(error, { retryInMs, isSilent });
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
