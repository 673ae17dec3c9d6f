import { type Clock, inOwnContext, type Timer } from '@worker-auth/internal';

/** Those of a clock: that which keeps the process alive, and that which does not. */
const timers = new WeakMap<Clock, Map<boolean, SharedTimer>>();

/**
 * One timer of a clock for all long waits: a thousand idle schedulers cost no more than one. It fires at a fixed interval, so a callback comes
 * after an interval at most.
 */
export class SharedTimer {
  readonly #clock: Clock;
  readonly #keepAlive: boolean;
  readonly #intervalMs: number;
  readonly #waits = new Set<{ readonly callback: () => void }>();
  #timer: Timer | undefined;

  /** That of the clock; the interval is the same for all. */
  static of(clock: Clock, keepAlive: boolean, intervalMs: number): SharedTimer {
    const ofClock = timers.get(clock) ?? new Map<boolean, SharedTimer>();
    timers.set(clock, ofClock);
    const timer = ofClock.get(keepAlive) ?? new SharedTimer(clock, keepAlive, intervalMs);
    ofClock.set(keepAlive, timer);
    return timer;
  }

  private constructor(clock: Clock, keepAlive: boolean, intervalMs: number) {
    this.#clock = clock;
    this.#keepAlive = keepAlive;
    this.#intervalMs = intervalMs;
  }

  /** Calls `callback`, which must not throw, once when it fires next. */
  add(callback: () => void): Timer {
    const wait = { callback };
    this.#waits.add(wait);
    this.#timer ??= this.#start();
    return {
      cancel: () => {
        if (!this.#waits.delete(wait) || this.#waits.size > 0) return;
        this.#timer?.cancel();
        this.#timer = undefined;
      },
    };
  }

  /** In no context of a caller: it is for others too. */
  #start(): Timer {
    const fire = (): void => {
      this.#timer = undefined;
      for (const wait of [...this.#waits]) if (this.#waits.delete(wait)) wait.callback();
    };
    return inOwnContext(() => this.#clock.startTimer(fire, this.#intervalMs, { keepAlive: this.#keepAlive }));
  }
}
