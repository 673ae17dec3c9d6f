import {
  abortable,
  elapsedMs,
  type Lease,
  refreshDelay,
  RefreshScheduler,
} from '@worker-auth/refresh-scheduler';
import type { ClientCredentials } from './credential-source.ts';
import { isClientRejection, TokenManagerErrorCode, TokenManagerError } from './errors.ts';
import { Listeners, type TokenManagerEvents } from './events.ts';
import { FailureMemory } from './failure-memory.ts';
import { resolveOptions, type TokenManagerOptions, type TokenManagerSettings } from './options.ts';
import { TokenCache } from './token-cache.ts';
import type { TokenEndpoint } from './token-endpoint.ts';
import type { GetTokenOptions, TokenSource } from './token-source.ts';

/**
 * Keeps one access token: gets it with the client credentials grant (RFC 6749 section 4.4), shares it, and renews it before it
 * ends. At most one request is in flight, whoever asks.
 *
 * On its own it works on demand: a caller sets off what is due. {@link TokenManager.start} renews with no caller at all.
 */
export class TokenManager implements TokenSource, AsyncDisposable {
  readonly #settings: TokenManagerSettings;
  readonly #cache: TokenCache;
  readonly #failures: FailureMemory;
  readonly #subscribers = new Listeners<string>();
  readonly #listeners: { readonly [K in keyof TokenManagerEvents]: Listeners<TokenManagerEvents[K]> } = {
    tokenRefreshed: new Listeners(),
    refreshFailed: new Listeners(),
    credentialsRejected: new Listeners(),
    tokenExpired: new Listeners(),
  };
  #endpoint: Promise<TokenEndpoint> | undefined;
  #scheduler: RefreshScheduler<string>;
  #isStarted = false;
  #isStopped = false;
  #replacedSchedulers: Promise<void> = Promise.resolve();
  #tokenCount = 0;
  #credentialsSource: string | undefined;
  #lastPublished: string | undefined;

  /** @throws TypeError for options that are missing or contradict each other, RangeError for a number outside its range */
  constructor(options: TokenManagerOptions) {
    this.#settings = resolveOptions(options);
    this.#cache = new TokenCache(this.#settings.clock);
    this.#failures = new FailureMemory(this.#settings);
    this.#scheduler = this.#createScheduler();
  }

  /**
   * A valid access token. A cached one is served without waiting, and when it is due for renewal, that runs behind; without one the
   * caller joins the request in flight or sets one off.
   *
   * While requests fail, callers get the last error at once, with the time that is left in `retryInMs`, until the next request may
   * leave. After {@link TokenManager.stop} only a cached token is served.
   *
   * @throws TokenManagerError; what the credential source or the client assertion threw, as it is; the signal's reason
   */
  getToken(options?: GetTokenOptions): Promise<string> {
    const held =
      options?.forceRefresh === true || options?.signal?.aborted === true ? undefined : this.#cache.notDue();
    return held?.settled ?? this.#getToken(options ?? {});
  }

  /** The cached token, or `undefined` when there is none or its life is over by either clock. Sets nothing off. */
  peek(): string | undefined {
    return this.#cache.good()?.token;
  }

  /**
   * Calls `listener` with each new token from now on. What it throws is dropped.
   *
   * @returns ends the subscription
   */
  subscribe(listener: (token: string) => void): () => void {
    return this.#subscribers.add(listener);
  }

  /**
   * Calls `listener` with each event of the kind. What it throws is dropped.
   *
   * @returns ends the subscription
   */
  on<K extends keyof TokenManagerEvents>(
    event: K,
    listener: (event: TokenManagerEvents[K]) => void,
  ): () => void {
    return this.#listeners[event].add(listener);
  }

  /**
   * Drops the cached token and what the credential source remembers. An answer that is still under way is not used: its request is
   * aborted and who waits for it gets the next one's outcome. When started, that request leaves at once.
   *
   * A wait after the server refused the request ends, since other credentials may fare better; a wait for a server that is
   * unavailable or asked for fewer requests does not.
   */
  invalidate(): void {
    this.#settings.credentials.invalidate();
    this.#cache.clear();
    this.#failures.forgetRefusal();
    if (this.#isStopped) return;
    const old = this.#scheduler;
    this.#scheduler = this.#createScheduler();
    const stopped = old.stop();
    this.#replacedSchedulers = this.#replacedSchedulers.then(() => stopped);
    if (this.#isStarted) this.#scheduler.start();
  }

  /**
   * Keeps the token fresh in the background from now on, and gets the first one if there is none. Returns at once; failures are
   * events, and are retried. Its timers do not keep the process alive. Called again it does nothing.
   *
   * @throws TokenManagerError (`stopped`) after `stop()`
   */
  start(): void {
    if (this.#isStopped) throw stoppedError();
    this.#isStarted = true;
    this.#scheduler.start();
  }

  /** Ends everything for good: a request in flight is aborted, and nothing runs any more when the promise resolves. Never rejects. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cache.release();
    await Promise.all([this.#scheduler.stop(), this.#replacedSchedulers]);
  }

  /** The same as `stop()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** When the cached token ends, by the wall clock as it stands now; in the past when it has ended, `undefined` without one. */
  get expiresAt(): Date | undefined {
    const { remainingMs } = this.#cache;
    return remainingMs === undefined ? undefined : new Date(this.#settings.clock.wallNow() + remainingMs);
  }

  /** Milliseconds until the cached token ends: 0 when it has ended, `undefined` without one. */
  get remainingMs(): number | undefined {
    return this.#cache.remainingMs;
  }

  /**
   * Milliseconds until the next refresh: when started, until it leaves; else until a caller's request sets one off. 0 while one
   * runs, `undefined` when none is planned.
   */
  get nextRefreshInMs(): number | undefined {
    const state = this.#scheduler.state;
    switch (state.kind) {
      case 'renewing':
        return 0;
      case 'scheduled':
      case 'backing-off':
        return Math.max(0, state.nextAttemptInMs);
      case 'idle':
        return this.#cache.dueInMs === undefined ? undefined : Math.max(0, this.#cache.dueInMs);
      case 'stopped':
        return undefined;
    }
  }

  async #getToken({ forceRefresh = false, signal }: GetTokenOptions): Promise<string> {
    signal?.throwIfAborted();
    const held = forceRefresh ? undefined : this.#cache.good();
    if (held === undefined) return this.#renew(signal);
    if ((this.#cache.dueInMs ?? 0) <= 0) this.#renewBehind();
    return held.token;
  }

  async #renew(signal: AbortSignal | undefined): Promise<string> {
    if (this.#isStopped) throw stoppedError();
    const isInFlight = this.#scheduler.state.kind === 'renewing';
    const refused = isInFlight ? undefined : this.#failures.refusal();
    if (refused !== undefined) throw refused.error;
    for (;;) {
      const scheduler = this.#scheduler;
      try {
        return (await scheduler.renewNow({ signal })).value;
      } catch (error) {
        if (signal?.aborted === true) throw error;
        if (scheduler === this.#scheduler) throw this.#failures.asThrown(error);
        // invalidate() replaced the scheduler: what was waited for is another's now.
      }
    }
  }

  /** A failure is an event; the caller has its token. */
  #renewBehind(): void {
    if (this.#isStarted || this.#isStopped || this.#failures.isWaiting) return;
    void this.#scheduler.renewNow();
  }

  #createScheduler(): RefreshScheduler<string> {
    const { clock, random, policy, backoff, attemptTimeoutMs } = this.#settings;
    const scheduler = new RefreshScheduler<string>({
      renew: (signal) => this.#obtain(signal),
      renewTimeoutMs: attemptTimeoutMs,
      policy,
      backoff,
      clock,
      random,
    });
    scheduler.on('renewed', ({ lease, nextAttemptInMs }) => {
      this.#hold(lease, nextAttemptInMs);
    });
    scheduler.on('renewalFailed', (event) => {
      const { error, retryInMs } = this.#failures.remember(event);
      this.#listeners.refreshFailed.notify({
        error,
        attempt: event.attempt,
        retryInMs: event.nextAttemptInMs ?? retryInMs,
        tokenRemainingMs: this.#cache.remainingMs ?? 0,
        retryAfterOutlivesToken: event.retryAfterOutlivesLease,
      });
    });
    scheduler.on('leaseExpired', () => {
      this.#listeners.tokenExpired.notify({ tokenNumber: this.#tokenCount });
    });
    return scheduler;
  }

  /** One token; once more, with what the store then gives, when the server refuses the client: that is rotation. */
  async #obtain(signal: AbortSignal): Promise<Lease<string>> {
    const { credentials: source } = this.#settings;
    this.#endpoint ??= loadEndpoint(this.#settings);
    const [endpoint, credentials] = await Promise.all([
      this.#endpoint,
      abortable(source.get({ signal }), signal),
    ]);
    this.#credentialsSource = credentials.source;
    try {
      return await endpoint.request(credentials, { signal });
    } catch (error) {
      if (!isClientRejection(error)) throw error;
      source.invalidate();
      this.#listeners.credentialsRejected.notify({ error, source: credentials.source });
      const again = await abortable(source.get({ signal }), signal);
      // The same credentials would be refused again, and count towards a lock-out.
      if (isSame(again, credentials)) throw error;
      this.#credentialsSource = again.source;
      return endpoint.request(again, { signal });
    }
  }

  #hold(lease: Lease<string>, nextRefreshInMs: number | undefined): void {
    const { clock, policy, random } = this.#settings;
    const dueAfterMs =
      nextRefreshInMs === undefined
        ? refreshDelay(lease.lifetimeMs, policy, random)
        : nextRefreshInMs + elapsedMs(clock, lease.obtainedAt);
    this.#tokenCount++;
    this.#failures.clear();
    this.#cache.hold({
      token: lease.value,
      settled: Promise.resolve(lease.value),
      lease,
      dueAfterMs,
    });
    this.#listeners.tokenRefreshed.notify({
      tokenNumber: this.#tokenCount,
      lifetimeMs: lease.lifetimeMs,
      nextRefreshInMs: this.#cache.dueInMs ?? 0,
      credentialsSource: this.#credentialsSource,
    });
    if (lease.value !== this.#lastPublished) this.#subscribers.notify(lease.value);
    this.#lastPublished = lease.value;
  }
}

/**
 * Transport and parsing are loaded for the first request: importing ky loads the host's fetch, importing zod its many modules,
 * several times what the rest of this package takes.
 */
async function loadEndpoint({ endpoint, clock }: TokenManagerSettings): Promise<TokenEndpoint> {
  const { TokenEndpoint: Endpoint } = await import('./token-endpoint.ts');
  return new Endpoint(endpoint, clock);
}

function isSame(a: ClientCredentials, b: ClientCredentials): boolean {
  return a.clientId === b.clientId && a.clientSecret === b.clientSecret;
}

function stoppedError(): TokenManagerError {
  return new TokenManagerError('The token manager was stopped; create a new one to get tokens again', {
    code: TokenManagerErrorCode.stopped,
  });
}
