import type { Clock, Timer } from '@worker-auth/ports';
import { abortable } from './abortable.ts';
import { maxTimerMs } from './numbers.ts';

/** A wait that can be made shorter while it lasts. */
export class WakeableTimer {
  readonly #clock: Clock;
  readonly #options: Parameters<Clock['startTimer']>[2];
  /** When the wait has ended, or the next one at the latest. */
  #dueMs = Infinity;
  #timer: Timer | undefined;
  #wake: (() => void) | undefined;

  /** @param options whether a wait keeps the process alive; default no */
  constructor(clock: Clock, options: Parameters<Clock['startTimer']>[2] = {}) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Waits `delayMs` milliseconds, or until an earlier moment that was asked for. Throws the signal's reason. */
  async wait(delayMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#wake = resolve.bind(undefined, undefined);
    this.wakeWithin(delayMs);
    try {
      await abortable(promise, signal);
    } finally {
      this.#timer?.cancel();
      this.#wake = undefined;
      this.#dueMs = Infinity;
    }
  }

  /** The wait ends `withinMs` milliseconds from now at the latest; so does the next one, when none is under way. */
  wakeWithin(withinMs: number): void {
    const nowMs = this.#clock.monotonicNow();
    this.#dueMs = Math.min(this.#dueMs, nowMs + withinMs);
    this.#timer?.cancel();
    if (this.#wake === undefined) return;
    // Their difference may be a fraction more than what was asked for.
    const delayMs = Math.min(maxTimerMs, this.#dueMs - nowMs);
    if (delayMs > 0) this.#timer = this.#clock.startTimer(this.#wake, delayMs, this.#options);
    else this.#wake();
  }
}
