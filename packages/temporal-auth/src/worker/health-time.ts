import type { Clock } from '@worker-auth/inlined';

/** Notices when a worker has been well for long enough, without a break. */
export class HealthTime {
  readonly #clock: Clock;
  readonly #neededMs: number;
  #wellSinceMs: number | undefined;

  /** @param neededMs milliseconds */
  constructor(clock: Clock, neededMs: number) {
    this.#clock = clock;
    this.#neededMs = neededMs;
  }

  /** Whether the worker is healthy by this look. */
  look(isWell: boolean): boolean {
    const now = this.#clock.monotonicNow();
    this.#wellSinceMs = isWell ? (this.#wellSinceMs ?? now) : undefined;
    return this.#wellSinceMs !== undefined && now - this.#wellSinceMs >= this.#neededMs;
  }
}
