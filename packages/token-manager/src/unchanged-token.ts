import { type Clock, elapsedMs, type Instant, readInstant } from '@worker-auth/refresh-scheduler';
import { TokenManagerErrorCode, TokenRequestError } from './errors.ts';

/** For so long a source that gave the refused token again is not asked for another. */
const waitMs = 5_000;

/** Remembers that a token was given again of which somebody had said that it is refused: a server may give it from a cache. */
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
