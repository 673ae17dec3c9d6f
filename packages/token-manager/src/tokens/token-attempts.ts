import { abortable, handled, TokenBudget } from '@worker-auth/internal';
import {
  type Clock,
  elapsedMs,
  type Lease,
  readInstant,
  RefreshSchedulerError,
  RefreshSchedulerErrorCode,
} from '@worker-auth/refresh-scheduler';
import type { Attempts, AttemptsHooks, ObtainedToken } from '../request/attempts.ts';
import type { RequestCredentials } from '../credentials/credential-reader.ts';
import { errorForCallers } from './error-for-callers.ts';
import { isClientRejection } from '../errors.ts';
import type { TokenManagerSettings } from '../settings.ts';
import type { TokenEndpoint } from '../request/token-endpoint.ts';

/** Of the time of an attempt: the rest is for the endpoint, and a source that waits can then say for what. */
const credentialsShare = 0.45;

/**
 * When the same credentials are sent again. Soon at first, since one of several servers may not know them yet. Then rarely, since a client that
 * asks more often costs the server, and counts towards a lock-out.
 */
const resend = { soonMs: 1_000, soonTimes: 10, laterMs: 30_000 };

/** The server does not accept these credentials. */
interface ClientRejection {
  readonly credentials: RequestCredentials;
  /** What the server's rejection was turned into. */
  readonly error: unknown;
  /** How many there were in a row, of whatever credentials: a store may give others at each look. */
  readonly attempt: number;
  /** Milliseconds until the credentials may be sent again; 0 or less when they may. */
  readonly nextRequestInMs: () => number;
}

/**
 * Single attempts to get a token: reads the credentials, asks the endpoint. While the server rejects the client the credentials are
 * read again at each attempt, which costs the server nothing; it is asked at once when they changed, and rarely while they did not.
 */
export class TokenAttempts implements Attempts {
  readonly budget: TokenBudget;
  readonly unchangedMessage =
    'The token endpoint gave the token again that was rejected. Check whether it, or a proxy before it, caches tokens';
  readonly #settings: TokenManagerSettings;
  readonly #hooks: AttemptsHooks;
  #endpoint: TokenEndpoint | undefined;
  #rejection: ClientRejection | undefined;
  /** Sent in both ways that a secret can be, and rejected. */
  #twiceRejected: RequestCredentials | undefined;
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
    const rejection = this.#rejection;
    if (rejection !== undefined && rejection.nextRequestInMs() > 0 && !this.#mayTry(credentials, rejection))
      throw rejection.error;
    try {
      return await this.#request(credentials, signal);
    } catch (error) {
      if (!isClientRejection(error)) throw error;
      return this.#requestWithOthers(credentials, error, signal);
    }
  }

  /** After a rejected client the credentials are read again soon; they decide whether the server is asked. */
  retryInMs(error: unknown): number | undefined {
    const rejection = this.#rejection;
    if (rejection === undefined || error !== rejection.error) return undefined;
    return Math.max(0, Math.min(rejection.nextRequestInMs(), this.#settings.credentialRereadMs));
  }

  invalidate(): void {
    this.#settings.credentials.invalidate();
  }

  /** Once more with what the store gives now, if that differs: the same credentials would be rejected again. */
  async #requestWithOthers(
    rejected: RequestCredentials,
    error: unknown,
    signal: AbortSignal,
  ): Promise<Lease<ObtainedToken>> {
    const rejection = this.#reject(rejected, error);
    this.#hooks.report('credentialsRejected', { error, source: rejected.source });
    // A store that cannot answer now says less than the server's rejection did; the next attempt reads it again.
    const again = await this.#read(signal).catch(() => undefined);
    if (again === undefined || !this.#mayTry(again, rejection)) throw error;
    try {
      return await this.#request(again, signal);
    } catch (secondError) {
      if (isClientRejection(secondError)) this.#reject(again, secondError);
      throw secondError;
    }
  }

  /** Others than were rejected are tried before it is time: a store may alternate between wrong ones. */
  #mayTry(credentials: RequestCredentials, rejection: ClientRejection): boolean {
    return !isSame(credentials, rejection.credentials) && this.budget.draw() === 0;
  }

  /** Past a rejection what the source remembers is of no use. */
  #read(signal: AbortSignal): Promise<RequestCredentials> {
    const { credentials, clock } = this.#settings;
    if (this.#rejection !== undefined) credentials.invalidate();
    // Whole, as `AbortSignal.timeout` takes it.
    const timeoutMs = Math.max(1, Math.floor(this.#credentialsDueMs - clock.monotonicNow()));
    return timed(credentials.read({ signal, timeoutMs }), { clock, signal }, (durationMs, error, result) => {
      this.#hooks.report('credentialsRead', { durationMs, error, source: result?.source });
    });
  }

  /** Once more in the other way that a secret can be sent in, if these credentials were not sent so before: a client may be registered for one. */
  async #request(credentials: RequestCredentials, signal: AbortSignal): Promise<Lease<ObtainedToken>> {
    try {
      return await this.#send(credentials, signal);
    } catch (error) {
      const endpoint = this.#endpoint;
      const isTried = this.#twiceRejected !== undefined && isSame(credentials, this.#twiceRejected);
      if (isTried || endpoint?.hasOtherMethod !== true || this.budget.draw() > 0) throw error;
      endpoint.switchMethod();
      return await this.#send(credentials, signal).catch((again: unknown) => {
        if (!endpoint.hasOtherMethod) throw again;
        endpoint.switchMethod();
        this.#twiceRejected = credentials;
        throw error;
      });
    }
  }

  async #send(credentials: RequestCredentials, signal: AbortSignal): Promise<Lease<ObtainedToken>> {
    const endpoint = this.#endpoint ?? (await this.#load());
    const { clock } = this.#settings;
    const request = endpoint.request(credentials, signal, this.#hooks.activeTokens);
    const lease = await timed(request, { clock, signal }, (durationMs, error) => {
      this.#hooks.report('tokenRequested', { durationMs, error });
    });
    this.#rejection = undefined;
    return lease;
  }

  #reject(credentials: RequestCredentials, error: unknown): ClientRejection {
    const { clock } = this.#settings;
    const since = readInstant(clock);
    const attempt = (this.#rejection?.attempt ?? 0) + 1;
    const waitMs = attempt <= resend.soonTimes ? resend.soonMs : resend.laterMs;
    const nextRequestInMs = (): number => waitMs - elapsedMs(clock, since);
    this.#rejection = { credentials, error, attempt, nextRequestInMs };
    return this.#rejection;
  }

  /**
   * Transport and parsing are loaded for the first request: importing ky loads the host's fetch, importing zod its many modules,
   * several times what the rest of this package takes. A failed import is tried again by the next attempt.
   */
  async #load(): Promise<TokenEndpoint> {
    if (this.#endpoint !== undefined) return this.#endpoint;
    const { TokenEndpoint: Endpoint } = await import('../request/token-endpoint.ts');
    this.#endpoint ??= new Endpoint(this.#settings.endpoint, this.#settings.clock);
    return this.#endpoint;
  }
}

function isSame(one: RequestCredentials, other: RequestCredentials): boolean {
  const fields = ['clientId', 'clientSecret', 'clientAssertion', 'clientAssertionType', 'tokenUrl'] as const;
  return fields.every((field) => one[field] === other[field]);
}

/**
 * Reports how a step of an attempt that begins now ended, unless nobody wants the attempt any more: with how long it took, in milliseconds, and
 * what it threw or gave.
 */
async function timed<T>(
  step: Promise<T>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  report: (durationMs: number, error: unknown, result?: T) => void,
): Promise<T> {
  const startedMs = clock.monotonicNow();
  try {
    const result = await step;
    report(clock.monotonicNow() - startedMs, undefined, result);
    return result;
  } catch (error) {
    if (!signal.aborted || isTimeout(signal.reason))
      report(clock.monotonicNow() - startedMs, errorForCallers(error, undefined));
    throw error;
  }
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof RefreshSchedulerError && reason.code === RefreshSchedulerErrorCode.timedOut;
}
