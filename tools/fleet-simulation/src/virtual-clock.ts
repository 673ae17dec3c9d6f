import type { Clock, Timer } from '@worker-auth/refresh-scheduler';

/** Timers wait at most this long; a power of two, so that a moment's slot is cut out by a mask. */
const wheelMs = 2 ** 15;

class WheelTimer implements Timer {
  readonly callback: () => void;
  /** The timer of the same slot that was set before this one. */
  readonly next: WheelTimer | undefined;
  isCancelled = false;

  constructor(callback: () => void, next: WheelTimer | undefined) {
    this.callback = callback;
    this.next = next;
  }

  cancel(): void {
    this.isCancelled = true;
  }
}

/**
 * A clock that runs as fast as the machine can: a timing wheel with one slot per millisecond, so that setting and firing
 * a timer cost the same however many wait. Moments are whole milliseconds.
 */
export class VirtualClock implements Clock {
  #nowMs = 0;
  #isBusy = false;
  readonly #slots: (WheelTimer | undefined)[] = Array.from({ length: wheelMs }, () => undefined);

  monotonicNow(): number {
    return this.#nowMs;
  }

  wallNow(): number {
    return this.#nowMs;
  }

  startTimer(callback: () => void, delayMs: number): Timer {
    if (!(delayMs >= 0 && delayMs < wheelMs)) {
      throw new RangeError(`A timer takes 0 to ${wheelMs - 1} ms; received ${delayMs}`);
    }
    const slot = (this.#nowMs + Math.ceil(delayMs)) & (wheelMs - 1);
    const timer = new WheelTimer(callback, this.#slots[slot]);
    this.#slots[slot] = timer;
    return timer;
  }

  /** Says that promises are about to settle: the clock stands still until they have. */
  holdForPromises(): void {
    this.#isBusy = true;
  }

  /** Runs until `endMs`, firing every timer on its millisecond, the one set last first. */
  async runUntil(endMs: number): Promise<void> {
    for (; this.#nowMs < endMs; this.#nowMs++) {
      const slot = this.#nowMs & (wheelMs - 1);
      for (let timer = this.#slots[slot]; timer !== undefined; timer = this.#slots[slot]) {
        this.#slots[slot] = timer.next;
        if (!timer.isCancelled) timer.callback();
        if (this.#isBusy) await this.#settle();
      }
    }
  }

  async #settle(): Promise<void> {
    this.#isBusy = false;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
