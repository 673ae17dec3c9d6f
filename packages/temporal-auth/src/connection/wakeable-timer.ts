import { abortable, type Clock, type Timer } from '@worker-auth/internal';

/** A wait that can be made shorter while it lasts. */
export class WakeableTimer {
  readonly #clock: Clock;
  readonly #options: Parameters<Clock['startTimer']>[2];
  #waiting:
    { readonly dueMs: number; readonly timer: Timer | undefined; readonly wake: () => void } | undefined;
  #askedMs = Infinity;

  /** @param options whether a wait keeps the process alive; default no */
  constructor(clock: Clock, options: Parameters<Clock['startTimer']>[2] = {}) {
    this.#clock = clock;
    this.#options = options;
  }

  /**
   * Waits `delayMs` milliseconds, or until an earlier moment that was asked for meanwhile or since the last wait; not at all when that is
   * past.
   *
   * @throws the signal's reason
   */
  async wait(delayMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const asked = this.#askedMs;
    this.#askedMs = Infinity;
    this.#wakeAt(Math.min(this.#clock.monotonicNow() + delayMs, asked), () => {
      resolve(undefined);
    });
    try {
      await abortable(promise, signal);
    } finally {
      this.#waiting?.timer?.cancel();
      this.#waiting = undefined;
    }
  }

  /** The wait ends `withinMs` milliseconds from now at the latest; so does the next one, when none is under way. */
  wakeWithin(withinMs: number): void {
    const dueMs = this.#clock.monotonicNow() + withinMs;
    if (this.#waiting === undefined) {
      this.#askedMs = Math.min(this.#askedMs, dueMs);
    } else if (dueMs < this.#waiting.dueMs) {
      this.#waiting.timer?.cancel();
      this.#wakeAt(dueMs, this.#waiting.wake);
    }
  }

  #wakeAt(dueMs: number, wake: () => void): void {
    const delayMs = dueMs - this.#clock.monotonicNow();
    const timer = delayMs > 0 ? this.#clock.startTimer(wake, delayMs, this.#options) : undefined;
    this.#waiting = { dueMs, wake, timer };
    if (timer === undefined) wake();
  }
}
