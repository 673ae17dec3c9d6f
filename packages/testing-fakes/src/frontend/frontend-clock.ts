import type { Clock, Timer } from '@worker-auth/ports';

/** The longest delay that timers take. */
const longestMs = 2 ** 31 - 1;

/** Where a frontend's time comes from: a `FakeClock`, or the host. */
export type FrontendClock = Pick<Clock, 'wallNow' | 'startTimer'>;

/** Timers under names, of any length. Starting one ends the one of the same name. */
export class NamedTimers {
  readonly #clock: FrontendClock;
  readonly #timers = new Map<string, Timer>();

  constructor(clock: FrontendClock) {
    this.#clock = clock;
  }

  start(name: string, delayMs: number, callback: () => void): void {
    this.cancel(name);
    const now = Math.min(Math.max(delayMs, 0), longestMs);
    const timer = this.#clock.startTimer(() => {
      this.#timers.delete(name);
      if (delayMs > now) this.start(name, delayMs - now, callback);
      else callback();
    }, now);
    this.#timers.set(name, timer);
  }

  cancel(name: string): void {
    this.#timers.get(name)?.cancel();
    this.#timers.delete(name);
  }

  cancelAll(): void {
    for (const name of this.#timers.keys()) this.cancel(name);
  }
}
