import { type Clock, elapsedMs, type Instant, readInstant } from '@worker-auth/inlined';

/** Refreshed again and again, a token of a day would be kept that often. */
const maxTokens = 50;

/** The tokens that were handed out and are not over yet: what no message may show. */
export class LivingTokens {
  readonly #clock: Clock;
  #tokens: readonly { readonly token: string; readonly since: Instant; readonly lifeMs: number }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param lifeMs milliseconds from now */
  add(token: string, lifeMs: number): void {
    this.#dropDead();
    this.#tokens = [...this.#tokens, { token, since: readInstant(this.#clock), lifeMs }].slice(-maxTokens);
  }

  list(): readonly string[] {
    this.#dropDead();
    return this.#tokens.map(({ token }) => token);
  }

  #dropDead(): void {
    this.#tokens = this.#tokens.filter(({ since, lifeMs }) => elapsedMs(this.#clock, since) < lifeMs);
  }
}
