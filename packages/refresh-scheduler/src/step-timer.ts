import { type Clock, type Timer } from './clock.ts';

/**
 * No timer is trusted for longer: timers stand still while the host sleeps, so the clocks are read at least this often.
 */
export const timerStepMs = 10_000;

/** The one timer of a scheduler. It rings at the wanted moment, or earlier, so that whoever set it reads the clocks. */
export class StepTimer {
  readonly #ring: () => void;
  readonly #clock: Clock;
  readonly #options: { readonly keepAlive: boolean };
  #timer: Timer | undefined;

  constructor(ring: () => void, clock: Clock, options: { readonly keepAlive: boolean }) {
    this.#ring = ring;
    this.#clock = clock;
    this.#options = options;
  }

  /** Replaces what was set before. `Infinity` sets nothing. */
  set(waitMs: number): void {
    this.#timer?.cancel();
    this.#timer =
      waitMs === Infinity
        ? undefined
        : // Whole milliseconds, or a rest too small to move the clock would ring for ever.
          this.#clock.startTimer(
            this.#ring,
            Math.min(timerStepMs, Math.max(0, Math.ceil(waitMs))),
            this.#options,
          );
  }
}
