import type { Clock } from '@worker-auth/internal';

/** How long after one another other connections are tried, in ms; the last wait is repeated. */
const triesApartMs = [0, 1_000, 4_000, 60_000] as const;

/** After so long without a try, in ms, they are tried as at first. */
const forgivenMs = 600_000;

/** How often another connection is tried in the place of one that may be to blame: three times in the first minute, then once a minute. */
export class Tries {
  #count = 0;
  #lastMs = -Infinity;

  /** Whether it is time for one. */
  take(clock: Clock): boolean {
    const nowMs = clock.monotonicNow();
    if (nowMs - this.#lastMs > forgivenMs) this.#count = 0;
    if (nowMs - this.#lastMs < (triesApartMs[this.#count] ?? triesApartMs[3])) return false;
    this.#count++;
    this.#lastMs = nowMs;
    return true;
  }
}
