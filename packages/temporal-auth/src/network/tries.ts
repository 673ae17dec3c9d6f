import type { Clock } from '@worker-auth/internal';

/** How long after one another other connections are tried, in ms; the last wait is repeated. */
const triesApartMs = [0, 1_000, 4_000, 60_000] as const;

/** After so long without a try, in ms, they are tried as at first. */
const forgivenMs = 600_000;

/** How often another connection is tried in the place of one that may be to blame: three times in the first minute, then once a minute. */
export class Tries {
  readonly #made = new Map<string, { readonly count: number; readonly lastMs: number }>();

  /** Whether it is time for one; each purpose has its own. */
  take(clock: Clock, purpose: string): boolean {
    const nowMs = clock.monotonicNow();
    const { count, lastMs } = this.#made.get(purpose) ?? { count: 0, lastMs: -Infinity };
    const isForgiven = nowMs - lastMs > forgivenMs;
    if (!isForgiven && nowMs - lastMs < (triesApartMs[count] ?? triesApartMs[3])) return false;
    this.#made.set(purpose, { count: isForgiven ? 1 : count + 1, lastMs: nowMs });
    return true;
  }
}
