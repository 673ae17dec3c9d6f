import { checkRange, type GetTokenOptions, sleep, timerMs, type TokenSource } from '@worker-auth/internal';
import { elapsedMs, type Lease, readInstant } from '@worker-auth/refresh-scheduler';
import { type ActiveTokens, activeTokens } from './active-tokens.ts';
import type { Attempts, AttemptsHooks, ObtainedToken, RefreshSettings } from '../request/attempts.ts';
import { errorForCallers, isAboutCredentials } from './error-for-callers.ts';
import { limitedError, stoppedError, unchangedError } from '../errors.ts';
import type { TokenManagerEvents } from '../events.ts';
import { RejectedTokens } from './rejected-tokens.ts';
import { checkGetTokenOptions } from '../settings.ts';
import { TokenCache } from './token-cache.ts';
import { TokenReports } from './token-reports.ts';
import { nextRefreshInMs, tokenScheduler, type TokenScheduler } from './token-scheduler.ts';

/** So long a token in place of a revoked one is waited for, in ms: where they end as often as the budget allows, one is a moment early. */
const maxWaitMs = 1_000;

/**
 * Keeps one access token, wherever it comes from, shares it and refreshes it before it ends: on demand, or after {@link RefreshedTokens.start}
 * by itself.
 *
 * - A token that is served is valid by both clocks. A newer one is never replaced by an older one.
 * - At most one attempt runs. Callers join it; one that aborts leaves it to the others.
 * - While the token is valid, refreshes run beside the callers, who do not wait. A failed one keeps the token and is an event.
 * - Another token in place of a valid one is paid for from a budget, so that no caller makes a loop of requests.
 * - It does not retry for a caller: while requests fail, callers get the error at once. It keeps no token on disk and shares none between processes.
 */
export abstract class RefreshedTokens implements TokenSource, AsyncDisposable {
  readonly #settings: RefreshSettings;
  readonly #cache: TokenCache;
  readonly #active: ActiveTokens;
  readonly #reports = new TokenReports();
  readonly #attempts: Attempts;
  readonly #rejected: RejectedTokens;
  readonly #scheduler: TokenScheduler;
  #shared: Promise<string> | undefined;

  constructor(settings: RefreshSettings, createAttempts: (hooks: AttemptsHooks) => Attempts) {
    this.#settings = settings;
    this.#cache = new TokenCache(settings.clock);
    this.#active = activeTokens(settings.clock);
    this.#attempts = createAttempts({
      report: (name, event) => {
        this.#reports.events.emit(name, event);
      },
      activeTokens: () => this.activeTokens(),
    });
    this.#rejected = new RejectedTokens(this.#attempts.budget);
    this.#scheduler = tokenScheduler(settings, this.#attempts);
    this.#scheduler.on('refreshed', ({ lease, nextAttemptInMs }) => {
      this.#take(lease, nextAttemptInMs);
    });
    this.#scheduler.on('refreshFailed', (event) => {
      this.#reports.failed(event, this.retryInMs, this.#cache.remainingMs ?? 0);
    });
    this.#scheduler.on('leaseExpired', () => {
      this.#reports.expired();
    });
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
    // All callers without options wait for one promise.
    return (
      this.#cache.notDue() ??
      (this.#shared ??= this.#getToken({}).finally(() => {
        this.#shared = undefined;
      }))
    );
  }

  /** The cached token, or `undefined` when there is none or its life has ended by either clock. Sets nothing off. */
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
    return this.#reports.tokens.on('token', listener);
  }

  /** Calls `listener` with each event of the kind. What it throws is dropped; it may call back. Returns what ends the subscription. */
  on<K extends keyof TokenManagerEvents>(
    event: K,
    listener: (event: TokenManagerEvents[K]) => void,
  ): () => void {
    return this.#reports.events.on(event, listener);
  }

  /**
   * Drops the cached token, unless others were requested too often lately (`TOKEN_REQUEST_LIMITED`), and what the credential source remembers. A
   * request in flight is aborted, and its callers get the result of the next one, which leaves at once when started.
   *
   * A wait for a server that failed goes on. One for credentials ends, since the store may have others now.
   */
  invalidate(): void {
    this.#attempts.invalidate();
    if (this.#otherTokenInMs() > 0) return;
    this.#cache.clear();
    this.#scheduler.discard({ retryAtOnce: isAboutCredentials(this.lastError) });
  }

  /** Adopts a token of an earlier process while there is none, with `leftMs` milliseconds left. Another one is due at once. */
  adopt(token: string, leftMs: number, credentialsSource: string): void {
    checkRange('leftMs', leftMs, timerMs);
    if (typeof token !== 'string') throw new TypeError('token must be a text');
    if (this.peek() !== undefined || this.#scheduler.state.kind === 'stopped') return;
    const { clock } = this.#settings;
    const lease = { value: { token, credentialsSource }, obtainedAt: readInstant(clock), lifetimeMs: leftMs };
    this.#take(lease, this.retryInMs ?? 0);
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

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Why the last attempt brought no token, as callers get it, with the `retryInMs` of now; `undefined` after a success. */
  get lastError(): unknown {
    const state = this.#scheduler.state;
    return state.kind === 'backing-off'
      ? errorForCallers(state.error, state.urgentAttemptInMs)
      : this.#reports.lastError;
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

  /** Milliseconds until the next refresh leaves, by itself or for a caller; 0 while one runs, `undefined` when none is planned. */
  get nextRefreshInMs(): number | undefined {
    return nextRefreshInMs(this.#scheduler);
  }

  async #getToken(options: GetTokenOptions): Promise<string> {
    checkGetTokenOptions(options);
    const { rejectedToken, forceRefresh, signal } = options;
    signal?.throwIfAborted();
    const cached = forceRefresh ? undefined : this.#cache.good();
    if (cached !== undefined && cached.value.token !== rejectedToken) {
      if ((this.#scheduler.dueInMs ?? 0) <= 0) this.#scheduler.refreshIfDue();
      return cached.value.token;
    }
    const ageMs = cached === undefined ? 0 : elapsedMs(this.#settings.clock, cached.obtainedAt);
    const rejectedAs = options.rejectedAs ?? (cached && this.#rejected.byAge(ageMs));
    if (cached && ageMs < cached.lifetimeMs / 2 && rejectedAs !== 'denied') this.#rejected.rejectEarly();
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
        throw this.#reports.errorFor(error, this.retryInMs);
      },
    );
    if (token === rejectedToken) throw unchangedError(this.#attempts.unchangedMessage);
    return token;
  }

  /** Milliseconds until another token may be requested in place of a good one; 0 when it is drawn from the budget, or needs none. */
  #otherTokenInMs(rejectedAs?: GetTokenOptions['rejectedAs']): number {
    const { state, dueInMs = 0 } = this.#scheduler;
    const isFree = state.kind === 'refreshing' || dueInMs <= 0 || this.peek() === undefined;
    return isFree ? 0 : Math.min(this.#rejected.draw(rejectedAs), dueInMs);
  }

  #take(lease: Lease<ObtainedToken>, nextRefreshInMs: number | undefined): void {
    const { token } = lease.value;
    const dueInMs = this.#scheduler.dueInMs ?? 0;
    const isKnown = token === this.#cache.current?.value.token;
    const isRecovered = this.#reports.succeeded();
    this.#rejected.endRequest();
    this.#cache.set(lease, dueInMs);
    this.#active.add(token, lease.lifetimeMs, lease.obtainedAt);
    if (isKnown && !isRecovered) return;
    const rejectedEarly = isKnown ? this.#rejected.earlyInARow : this.#rejected.replace();
    const isCurrent = (): boolean => this.#cache.current === lease;
    const inMs = nextRefreshInMs ?? Math.max(0, dueInMs);
    this.#reports.refreshed(lease, { nextRefreshInMs: inMs, rejectedEarly, isNew: !isKnown }, isCurrent);
  }

  #throwIfStopped(): void {
    if (this.#scheduler.state.kind === 'stopped') throw stoppedError();
  }
}
