import { type Clock, elapsedMs, type Instant, readInstant } from '@worker-auth/refresh-scheduler';
import { TokenManagerErrorCode, TokenRequestError } from './errors.ts';

/** Wait after the source returned the rejected token again, in milliseconds. */
const waitMs = 5_000;

/** Remembers a rejected token that the source returned again: a server may give it from a cache. */
export class UnchangedToken {
  readonly #clock: Clock;
  readonly #message: string;
  #last: { readonly token: string; readonly at: Instant } | undefined;

  /** @param message what is said of it */
  constructor(clock: Clock, message: string) {
    this.#clock = clock;
    this.#message = message;
  }

  /** @throws TokenRequestError (`unchanged`) when `token` was given again a moment ago */
  throwIfWaiting(token: string | undefined): void {
    if (this.#last === undefined || this.#last.token !== token) return;
    const leftMs = waitMs - elapsedMs(this.#clock, this.#last.at);
    if (leftMs > 0) throw this.#error(leftMs);
  }

  /** Takes note that `token` was given again, and returns the error that says so. */
  remember(token: string): TokenRequestError {
    this.#last = { token, at: readInstant(this.#clock) };
    return this.#error(waitMs);
  }

  #error(retryInMs: number): TokenRequestError {
    return new TokenRequestError(this.#message, {
      code: TokenManagerErrorCode.unchanged,
      retryInMs: Math.ceil(retryInMs),
    });
  }
}
