import { type Clock, elapsedMs, type Instant, readInstant } from '@worker-auth/refresh-scheduler';
import { TokenManagerErrorCode, TokenRequestError } from './errors.ts';

/** For so long a server that gave the refused token again is not asked for another. */
const waitMs = 5_000;

/** Remembers that the server gave a token again of which somebody had said that it is refused: it comes from a cache there. */
export class UnchangedToken {
  readonly #clock: Clock;
  #last: { readonly token: string; readonly at: Instant } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws TokenRequestError (`unchanged`) when `token` was given again a moment ago */
  throwIfWaiting(token: string | undefined): void {
    if (this.#last === undefined || this.#last.token !== token) return;
    const leftMs = waitMs - elapsedMs(this.#clock, this.#last.at);
    if (leftMs > 0) throw unchangedError(leftMs);
  }

  /** Takes note that `token` was given again, and returns the error that says so. */
  remember(token: string): TokenRequestError {
    this.#last = { token, at: readInstant(this.#clock) };
    return unchangedError(waitMs);
  }
}

function unchangedError(retryInMs: number): TokenRequestError {
  return new TokenRequestError(
    'The token endpoint gave the token again that was refused. Check whether it, or a proxy before it, caches tokens',
    { code: TokenManagerErrorCode.unchanged, retryInMs: Math.ceil(retryInMs) },
  );
}
