import { type Clock, handled } from '@worker-auth/inlined';
import type { TokenSource } from '@worker-auth/token-manager';

/** How often calls let a source see whether its token is due, in milliseconds: asking at each call would cost more than the call's token. */
const everyMs = 500;

/** Has a token renewed behind the calls, when that is due and nothing else sees to it. */
export class Renewal {
  readonly #tokens: TokenSource;
  readonly #clock: Clock;
  #nextMs = -Infinity;

  constructor(tokens: TokenSource, clock: Clock) {
    this.#tokens = tokens;
    this.#clock = clock;
  }

  /** Called with each call that found its token. */
  nudge(): void {
    const nowMs = this.#clock.monotonicNow();
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + everyMs;
    void handled(this.#tokens.getToken());
  }
}
