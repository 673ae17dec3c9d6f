import type { Clock } from '@worker-auth/inlined';

type State =
  | { readonly kind: 'unwell' }
  | { readonly kind: 'well'; readonly sinceMs: number }
  | { readonly kind: 'healthy' };

/** Notices when a worker has been well for long enough, without a break. */
export class HealthTime {
  readonly #clock: Clock;
  readonly #neededMs: number;
  #state: State = { kind: 'unwell' };

  /** @param neededMs milliseconds */
  constructor(clock: Clock, neededMs: number) {
    this.#clock = clock;
    this.#neededMs = neededMs;
  }

  /** Whether the worker has become healthy by this look: true once. */
  look(isWell: boolean): boolean {
    if (this.#state.kind === 'healthy') return false;
    const now = this.#clock.monotonicNow();
    const sinceMs = this.#state.kind === 'well' ? this.#state.sinceMs : now;
    const isHealthy = isWell && now - sinceMs >= this.#neededMs;
    if (isHealthy) this.#state = { kind: 'healthy' };
    else this.#state = isWell ? { kind: 'well', sinceMs } : { kind: 'unwell' };
    return isHealthy;
  }
}
