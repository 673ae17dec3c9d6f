import type { Clock } from '@worker-auth/internal';

/** How long after one another other connections are tried, in ms; the last wait is repeated. */
const triesApartMs = [0, 1_000, 4_000, 60_000] as const;

/** After so long without a try, in ms, they are tried as at first. */
const forgivenMs = 600_000;

/** How often another connection is tried in the place of one that may be to blame: three times in the first minute, then once a minute. */
export class Tries {
  #count = 0;
  #lastMs = -Infinity;
  #deniedMs = -Infinity;

  /** Whether it is time for one. For those that lack a permission it is each ten minutes, so that they leave the others theirs. */
  take(clock: Clock, isDenied = false): boolean {
    const nowMs = clock.monotonicNow();
    const isForgiven = nowMs - this.#lastMs > forgivenMs;
    if (!isForgiven && nowMs - this.#lastMs < (triesApartMs[this.#count] ?? triesApartMs[3])) return false;
    if (isDenied && nowMs - this.#deniedMs <= forgivenMs) return false;
    if (isDenied) this.#deniedMs = nowMs;
    this.#count = isForgiven ? 1 : this.#count + 1;
    this.#lastMs = nowMs;
    return true;
  }
}
