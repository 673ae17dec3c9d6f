import type { Clock, Timer } from '@worker-auth/internal';

/** A wait that is under way. */
export interface SharedWait {
  readonly dueMs: number;
  readonly end: () => void;
}

/**
 * Many waits of which few end, as the others are cancelled: one timer of the clock for all. It stays when the last is cancelled, as the next soon
 * begins. What they wait for keeps the process alive.
 */
export class SharedTimer {
  readonly #clock: Clock;
  readonly #ending: AbortSignal;
  readonly #waits = new Set<SharedWait>();
  #timer: Timer | undefined;
  /** When the timer is due, by the monotonic clock, in ms. */
  #dueMs = Infinity;

  /** @param ending aborts when the timer goes with the last wait */
  constructor(clock: Clock, ending: AbortSignal) {
    this.#clock = clock;
    this.#ending = ending;
    ending.addEventListener('abort', this.#leave);
  }

  /** Calls `end` after `delayMs` milliseconds. */
  start(end: () => void, delayMs: number): SharedWait {
    const wait = { dueMs: this.#clock.monotonicNow() + delayMs, end };
    this.#waits.add(wait);
    if (wait.dueMs < this.#dueMs) this.#arm(wait.dueMs, delayMs);
    return wait;
  }

  cancel(wait: SharedWait): void {
    this.#waits.delete(wait);
    if (this.#ending.aborted) this.#leave();
  }

  #arm(dueMs: number, delayMs: number): void {
    this.#timer?.cancel();
    this.#dueMs = dueMs;
    this.#timer = this.#clock.startTimer(this.#endDue, delayMs);
  }

  readonly #endDue = (): void => {
    const nowMs = this.#clock.monotonicNow();
    this.#dueMs = Infinity;
    for (const wait of this.#waits) {
      // Others may begin and end meanwhile.
      if (wait.dueMs <= nowMs && this.#waits.delete(wait)) wait.end();
    }
    let nextMs = Infinity;
    for (const { dueMs } of this.#waits) nextMs = Math.min(nextMs, dueMs);
    if (nextMs < this.#dueMs) this.#arm(nextMs, nextMs - nowMs);
  };

  readonly #leave = (): void => {
    if (this.#waits.size > 0) return;
    this.#timer?.cancel();
    this.#dueMs = Infinity;
  };
}
