import {
  checkBoolean,
  checkChoice,
  checkOptions,
  type GetTokenOptions,
  type OptionNames,
  sleep,
  type TokenSource,
} from '@worker-auth/internal';
import {
  Emitter,
  type Lease,
  RefreshScheduler,
  type RefreshFailedEvent,
} from '@worker-auth/refresh-scheduler';
import { type ActiveTokens, activeTokens } from './active-tokens.ts';
import { errorForCallers, hintsOf, isAboutCredentials } from './error-for-callers.ts';
import type { Attempts, AttemptsHooks, ObtainedToken, RefreshSettings } from './attempts.ts';
import {
  isClientRejection,
  limitedError,
  TokenManagerError,
  TokenManagerErrorCode,
  unchangedError,
} from './errors.ts';
import type { TokenManagerEvents } from './events.ts';
import { TokenCache } from './token-cache.ts';

const optionNames: OptionNames<GetTokenOptions> = {
  rejectedToken: true,
  rejectedAs: true,
  forceRefresh: true,
  signal: true,
};

/** So long a token in place of a revoked one is waited for, in ms: where they end as often as the budget allows, one is a moment early. */
const maxWaitMs = 1_000;

/**
 * Keeps one access token, wherever it comes from: shares it, and refreshes it before it ends. At most one attempt to get one is under way,
 * whoever asks.
 *
 * On its own it works on demand: a caller sets off what is due. {@link RefreshedTokens.start} refreshes with no caller at all.
 */
export abstract class RefreshedTokens implements TokenSource, AsyncDisposable {
  readonly #settings: RefreshSettings;
  readonly #cache: TokenCache;
  readonly #active: ActiveTokens;
  readonly #events = new Emitter<TokenManagerEvents>();
  readonly #subscribers = new Emitter<{ readonly token: string }>();
  readonly #attempts: Attempts;
  readonly #scheduler: RefreshScheduler<ObtainedToken>;
  #tokenCount = 0;
  #silentAttempts = 0;
  #reportedRejection: unknown;
  /** Of the tokens in a row that were rejected early. */
  #rejectedEarly = 0;
  #isRejectedEarly = false;
  /** Whether the next token was paid for from the budget: the attempts until it comes are one request. */
  #isDrawn = false;
  #lastPublished: string | undefined;
  #shared: Promise<string> | undefined;
  #failed: { readonly thrown: unknown; readonly error: unknown } | undefined;

  constructor(settings: RefreshSettings, createAttempts: (hooks: AttemptsHooks) => Attempts) {
    this.#settings = settings;
    this.#cache = new TokenCache(settings.clock);
    this.#active = activeTokens(settings.clock);
    this.#attempts = createAttempts({
      report: (name, event) => {
        this.#events.emit(name, event);
      },
      activeTokens: () => this.activeTokens(),
    });
    this.#scheduler = this.#createScheduler();
  }

  /**
   * A valid access token. A cached one is served without waiting, and when it is due for refresh, that runs behind; without one the
   * caller joins the request in flight or sets one off.
   *
   * While requests fail, callers get the last error at once, with the time that is left in `retryInMs`, until the next request may
   * leave. After {@link RefreshedTokens.stop} only a cached token is served.
   *
   * @throws TokenManagerError; what the credential source or the client assertion threw, as it is; the signal's reason
   */
  getToken(options?: GetTokenOptions): Promise<string> {
    if (options !== undefined) return this.#getToken(options);
    return this.#cache.notDue() ?? (this.#shared ??= this.#getShared());
  }

  /** The cached token, or `undefined` when there is none or its life is over by either clock. Sets nothing off. */
  peek(): string | undefined {
    return this.#cache.good()?.value.token;
  }

  /** The tokens that were issued and are not over, the newest last: no message or log may show them. */
  activeTokens(): readonly string[] {
    return this.#active.list();
  }

  /**
   * Calls `listener` with each new token from now on. What it throws or rejects with is dropped; it may call back into the manager.
   *
   * @returns ends the subscription
   */
  subscribe(listener: (token: string) => void): () => void {
    return this.#subscribers.on('token', listener);
  }

  /**
   * Calls `listener` with each event of the kind. What it throws or rejects with is dropped; it may call back into the manager.
   *
   * @returns ends the subscription
   */
  on<K extends keyof TokenManagerEvents>(
    event: K,
    listener: (event: TokenManagerEvents[K]) => void,
  ): () => void {
    return this.#events.on(event, listener);
  }

  /**
   * Drops the cached token and what the credential source remembers. A good token stays when others were requested too often lately, see
   * {@link TokenManagerErrorCode.limited}. A response that is still under way is not used: its request is
   * aborted, and its callers get the result of the next one. When started, that request leaves at once.
   *
   * What has failed is not forgotten: a wait for a server that failed or asked for fewer requests goes on. One for credentials ends,
   * since the store may have others now; the same ones are not sent to a server that rejected them before it is their time.
   */
  invalidate(): void {
    this.#attempts.invalidate();
    if (this.#otherTokenInMs() > 0) return;
    this.#cache.clear();
    this.#scheduler.discard({ retryAtOnce: isAboutCredentials(this.lastError) });
  }

  /**
   * Keeps the token fresh in the background from now on, and gets the first one if there is none. Returns at once; failures are
   * events, and are retried. Its timers do not keep the process alive. Called again it does nothing.
   *
   * @throws TokenManagerError (`stopped`) after `stop()`
   */
  start(): void {
    this.#throwIfStopped();
    this.#scheduler.start();
  }

  /** Ends everything for good: a request in flight is aborted, and nothing runs any more when the promise resolves. Never rejects. */
  stop(): Promise<void> {
    this.#cache.release();
    return this.#scheduler.stop();
  }

  /** The same as `stop()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Why the last attempt brought no token, as callers get it; `undefined` after a success. `retryInMs`, where the error has it, is that
   * of now.
   */
  get lastError(): unknown {
    const state = this.#scheduler.state;
    return state.kind === 'backing-off'
      ? errorForCallers(state.error, state.urgentAttemptInMs)
      : this.#failed?.error;
  }

  /** Milliseconds until the next attempt may be made for a caller who has no token; `undefined` when there is nothing to wait for. */
  get retryInMs(): number | undefined {
    const state = this.#scheduler.state;
    return state.kind === 'backing-off' && state.urgentAttemptInMs > 0 ? state.urgentAttemptInMs : undefined;
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
    const { state, dueInMs } = this.#scheduler;
    switch (state.kind) {
      case 'refreshing':
        return 0;
      case 'scheduled':
      case 'backing-off':
        return state.nextAttemptInMs;
      case 'idle':
        return dueInMs === undefined ? undefined : Math.max(0, dueInMs);
      case 'stopped':
        return undefined;
    }
  }

  /** What all callers without options wait for: thousands of them cost no more than one. */
  async #getShared(): Promise<string> {
    try {
      return await this.#getToken({});
    } finally {
      this.#shared = undefined;
    }
  }

  async #getToken(options: GetTokenOptions): Promise<string> {
    checkOptions('getToken', options, optionNames);
    checkBoolean('forceRefresh', options.forceRefresh);
    checkChoice('rejectedAs', options.rejectedAs, ['revoked', 'denied']);
    const { rejectedToken, rejectedAs, forceRefresh, signal } = options;
    signal?.throwIfAborted();
    const cached = forceRefresh ? undefined : this.#cache.good();
    if (cached !== undefined && cached.value.token !== rejectedToken) {
      if ((this.#scheduler.dueInMs ?? 0) <= 0) this.#scheduler.refreshIfDue();
      return cached.value.token;
    }
    const isEarly = cached !== undefined && (this.#cache.remainingMs ?? 0) > cached.lifetimeMs / 2;
    if (isEarly && rejectedAs !== 'denied') {
      this.#isRejectedEarly = true;
    }
    this.#throwIfStopped();
    if (this.retryInMs !== undefined) throw this.lastError;
    const waitMs = this.#otherTokenInMs(rejectedAs);
    if (rejectedAs === 'revoked' && waitMs > 0 && waitMs <= maxWaitMs) {
      await sleep(this.#settings.clock, waitMs, signal);
      return this.#getToken(options);
    }
    if (waitMs > 0) {
      const good = this.peek();
      if (good !== undefined && good !== rejectedToken) return good;
      throw limitedError(waitMs);
    }
    const token = await this.#scheduler.refreshNow({ signal }).then(
      ({ value }) => value.token,
      (error: unknown) => {
        if (signal?.aborted === true) throw error;
        const failed = this.#failed;
        throw failed?.thrown === error ? failed?.error : errorForCallers(error, this.retryInMs);
      },
    );
    if (token === rejectedToken) throw unchangedError(this.#attempts.unchangedMessage);
    return token;
  }

  /** Milliseconds until another token may be requested in place of a good one; 0 when it is drawn from the budget, or needs none. */
  #otherTokenInMs(rejectedAs?: GetTokenOptions['rejectedAs']): number {
    const { budget } = this.#attempts;
    const { state, dueInMs = 0 } = this.#scheduler;
    const isFree = state.kind === 'refreshing' || dueInMs <= 0 || this.peek() === undefined;
    if (budget === undefined || isFree || this.#isDrawn) return 0;
    const waitMs = budget.draw(rejectedAs);
    this.#isDrawn = waitMs === 0;
    return Math.min(waitMs, dueInMs);
  }

  #createScheduler(): RefreshScheduler<ObtainedToken> {
    const { clock, random, policy, backoff, attemptTimeoutMs } = this.#settings;
    const scheduler = new RefreshScheduler<ObtainedToken>({
      refresh: (signal) => this.#attempts.obtain(signal),
      refreshTimeoutMs: attemptTimeoutMs,
      policy,
      backoff,
      hintsOf: (error) => hintsOf(error, this.#attempts.retryInMs(error)),
      clock,
      random,
    });
    scheduler.on('refreshed', ({ lease, nextAttemptInMs }) => {
      this.#take(lease, nextAttemptInMs);
    });
    scheduler.on('refreshFailed', (event) => {
      this.#reportFailure(event);
    });
    scheduler.on('leaseExpired', () => {
      this.#events.emit('tokenExpired', { tokenNumber: this.#tokenCount });
    });
    return scheduler;
  }

  #take(lease: Lease<ObtainedToken>, nextRefreshInMs: number | undefined): void {
    const { token, credentialsSource, hostAheadMs } = lease.value;
    const dueInMs = this.#scheduler.dueInMs ?? 0;
    const isKnown = token === this.#cache.current?.value.token;
    this.#failed = undefined;
    this.#isDrawn = false;
    this.#cache.set(lease, dueInMs);
    this.#active.add(token, lease.lifetimeMs, lease.obtainedAt);
    if (isKnown) return;
    this.#tokenCount++;
    this.#rejectedEarly = this.#isRejectedEarly ? this.#rejectedEarly + 1 : 0;
    this.#isRejectedEarly = false;
    // A listener may drop the token: then nobody else hears of it.
    const isCurrent = (): boolean => this.#cache.current === lease;
    const event = {
      tokenNumber: this.#tokenCount,
      lifetimeMs: lease.lifetimeMs,
      nextRefreshInMs: nextRefreshInMs ?? Math.max(0, dueInMs),
      credentialsSource,
      hostAheadMs,
      rejectedEarly: this.#rejectedEarly,
    };
    this.#events.emit('tokenRefreshed', event, isCurrent);
    if (token === this.#lastPublished || !isCurrent()) return;
    this.#lastPublished = token;
    this.#subscribers.emit('token', token, isCurrent);
  }

  #reportFailure(event: RefreshFailedEvent): void {
    const thrown = event.error;
    const error = errorForCallers(thrown, this.retryInMs);
    this.#failed = { thrown, error };
    if (event.attempt === 1) this.#silentAttempts = 0;
    // Thrown again: only the credentials were read, and the server was not asked.
    if (thrown !== undefined && thrown === this.#reportedRejection) {
      this.#silentAttempts++;
      return;
    }
    if (isClientRejection(thrown)) this.#reportedRejection = thrown;
    this.#events.emit('refreshFailed', {
      error,
      attempt: event.attempt - this.#silentAttempts,
      retryInMs: event.nextAttemptInMs ?? this.retryInMs ?? 0,
      tokenRemainingMs: this.#cache.remainingMs ?? 0,
      retryAfterOutlivesToken: event.retryAfterOutlivesLease,
    });
  }

  #throwIfStopped(): void {
    if (this.#scheduler.state.kind !== 'stopped') return;
    throw new TokenManagerError('The token source was stopped; create a new one to get tokens again', {
      code: TokenManagerErrorCode.stopped,
    });
  }
}
