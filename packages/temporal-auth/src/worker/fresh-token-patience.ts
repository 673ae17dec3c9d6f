import { type Clock, elapsedMs, type Instant, readInstant } from '@worker-auth/inlined';

/** How long a token that was got in place of a refused one is given, in milliseconds: longer each time, */
const firstPatienceMs = 5_000;
/** up to this. A server reads the keys of an identity provider again once a minute, as Temporal's templates have it. */
const maxPatienceMs = 60_000;

/**
 * When another token may be asked for in place of one that Temporal refuses: at once for one that was good before, and after a while
 * for one that is itself a replacement, so that a server which refuses everything costs the identity provider little.
 */
export class FreshTokenPatience {
  readonly #clock: Clock;
  #fresh: { readonly token: string; readonly since: Instant } | undefined;
  #patienceMs = firstPatienceMs;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether another one than `token` may be asked for now. */
  isOver(token: string): boolean {
    if (this.#fresh?.token !== token) return true;
    return elapsedMs(this.#clock, this.#fresh.since) >= this.#patienceMs;
  }

  /** `token` came in place of a refused one. */
  obtained(token: string): void {
    if (this.#fresh !== undefined) this.#patienceMs = Math.min(maxPatienceMs, this.#patienceMs * 2);
    this.#fresh = { token, since: readInstant(this.#clock) };
  }

  /** A token was good. */
  forget(): void {
    this.#fresh = undefined;
    this.#patienceMs = firstPatienceMs;
  }
}
