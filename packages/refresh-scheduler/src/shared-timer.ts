import type { Clock, Timer } from '@worker-auth/internal';

const timers = new WeakMap<Clock, SharedTimer>();

/**
 * One timer of a clock for all long waits that do not keep the process alive: a thousand idle schedulers cost no more than one. It fires at a
 * fixed interval, so a callback comes after an interval at most.
 */
export class SharedTimer {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #waits = new Set<{ readonly callback: () => void }>();
  #timer: Timer | undefined;

  /** That of the clock; the interval is the same for all. */
  static of(clock: Clock, intervalMs: number): SharedTimer {
    const timer = timers.get(clock) ?? new SharedTimer(clock, intervalMs);
    timers.set(clock, timer);
    return timer;
  }

  private constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  /** Calls `callback`, which must not throw, once when it fires next. */
  add(callback: () => void): Timer {
    const wait = { callback };
    this.#waits.add(wait);
    this.#timer ??= this.#clock.startTimer(() => {
      this.#fire();
    }, this.#intervalMs);
    return {
      cancel: () => {
        if (!this.#waits.delete(wait) || this.#waits.size > 0) return;
        this.#timer?.cancel();
        this.#timer = undefined;
      },
    };
  }

  #fire(): void {
    this.#timer = undefined;
    for (const wait of [...this.#waits]) if (this.#waits.delete(wait)) wait.callback();
  }
}
