import { tokenEvents } from '@worker-auth/internal';
import { Emitter, type Lease, type RefreshFailedEvent } from '@worker-auth/refresh-scheduler';
import type { ObtainedToken } from '../request/attempts.ts';
import { errorForCallers } from './error-for-callers.ts';
import { isClientRejection } from '../errors.ts';
import type { TokenManagerEvents, TokenRefreshedEvent } from '../events.ts';

/** Reports each new token and each failed attempt once: to listeners, and what failed to callers too. */
export class TokenReports {
  readonly events = new Emitter<TokenManagerEvents>(tokenEvents);
  readonly tokens = new Emitter<{ readonly token: string }>({ token: true });
  #tokenCount = 0;
  #lastToken: string | undefined;
  #failed: { readonly thrown: unknown; readonly error: unknown } | undefined;
  #silentAttempts = 0;
  #reportedRejection: unknown;

  /** Why the last attempt failed, as callers get it; `undefined` after a success. */
  get lastError(): unknown {
    return this.#failed?.error;
  }

  /** What callers get for `thrown`: the error that was reported, if that is it. */
  errorFor(thrown: unknown, retryInMs: number | undefined): unknown {
    return this.#failed?.thrown === thrown ? this.#failed?.error : errorForCallers(thrown, retryInMs);
  }

  /** An attempt brought a token, new or not. Returns whether the one before failed. */
  succeeded(): boolean {
    const isRecovered = this.#failed !== undefined;
    this.#failed = undefined;
    return isRecovered;
  }

  /** @param isCurrent whether the token is still kept: once a listener has dropped it, nobody else hears of it */
  refreshed(
    { value, lifetimeMs }: Lease<ObtainedToken>,
    {
      nextRefreshInMs,
      rejectedEarly,
      isNew,
    }: Pick<TokenRefreshedEvent, 'nextRefreshInMs' | 'rejectedEarly'> & { readonly isNew: boolean },
    isCurrent: () => boolean,
  ): void {
    const { token, ...said } = value;
    if (isNew) this.#tokenCount++;
    const tokenNumber = this.#tokenCount;
    const event = { tokenNumber, lifetimeMs, nextRefreshInMs, ...said, rejectedEarly };
    this.events.emit('tokenRefreshed', event, isCurrent);
    if (token === this.#lastToken || !isCurrent()) return;
    this.#lastToken = token;
    this.tokens.emit('token', token, isCurrent);
  }

  failed(event: RefreshFailedEvent, retryInMs: number | undefined, tokenRemainingMs: number): void {
    const thrown = event.error;
    const error = errorForCallers(thrown, retryInMs);
    this.#failed = { thrown, error };
    if (event.attempt === 1) this.#silentAttempts = 0;
    // Thrown again: only the credentials were read, and the server was not asked.
    if (thrown !== undefined && thrown === this.#reportedRejection) {
      this.#silentAttempts++;
      return;
    }
    if (isClientRejection(thrown)) this.#reportedRejection = thrown;
    this.events.emit('refreshFailed', {
      error,
      attempt: event.attempt - this.#silentAttempts,
      retryInMs: event.nextAttemptInMs ?? Math.ceil(retryInMs ?? 0),
      tokenRemainingMs,
      retryAfterOutlivesToken: event.retryAfterOutlivesLease,
    });
  }

  expired(): void {
    this.events.emit('tokenExpired', { tokenNumber: this.#tokenCount });
  }
}
