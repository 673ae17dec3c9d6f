interface PendingTimer {
  readonly id: number;
  readonly dueMs: number;
  readonly callback: () => void;
}

/**
 * A clock that stands still until a test moves it. Fits the `Clock` of `@worker-auth/refresh-scheduler`.
 *
 * Both readings move together in {@link FakeClock.advance}; {@link FakeClock.stepWall} and {@link FakeClock.suspend}
 * move the wall clock alone, as an NTP step and a sleeping host do.
 */
export class FakeClock {
  #monotonicMs: number;
  #wallMs: number;
  #nextId = 1;
  readonly #timers = new Map<number, PendingTimer>();

  /**
   * @param start.monotonicMs first monotonic reading; default 1,000
   * @param start.wallMs first wall reading, milliseconds since the epoch; default 2026-01-01T00:00:00Z
   */
  constructor(start: { readonly monotonicMs?: number; readonly wallMs?: number } = {}) {
    this.#monotonicMs = start.monotonicMs ?? 1_000;
    this.#wallMs = start.wallMs ?? Date.UTC(2026, 0, 1);
  }

  monotonicNow(): number {
    return this.#monotonicMs;
  }

  wallNow(): number {
    return this.#wallMs;
  }

  startTimer(callback: () => void, delayMs: number): { cancel(): void } {
    if (!(delayMs >= 0 && delayMs <= 2 ** 31 - 1)) {
      throw new RangeError(`A timer takes 0 to ${2 ** 31 - 1} ms, not ${delayMs}`);
    }
    const id = this.#nextId++;
    this.#timers.set(id, { id, dueMs: this.#monotonicMs + delayMs, callback });
    return {
      cancel: () => {
        this.#timers.delete(id);
      },
    };
  }

  /** How many timers wait to fire: 0 at the end of a test shows that nothing was left running. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer is due, or `undefined` when none waits. */
  get nextTimerInMs(): number | undefined {
    const next = this.#nextTimer();
    return next === undefined ? undefined : next.dueMs - this.#monotonicMs;
  }

  /**
   * Moves both clocks forward by `ms` and fires every timer that comes due, in order, letting promises settle after
   * each one.
   */
  async advance(ms: number): Promise<void> {
    const target = this.#monotonicMs + ms;
    await settle();
    for (let next = this.#nextTimer(); next !== undefined && next.dueMs <= target; next = this.#nextTimer()) {
      this.#moveTo(Math.max(next.dueMs, this.#monotonicMs));
      this.#timers.delete(next.id);
      next.callback();
      await settle();
    }
    this.#moveTo(target);
  }

  /** Moves the wall clock alone, forward or (negative) back: an NTP step. */
  stepWall(ms: number): void {
    this.#wallMs += ms;
  }

  /** The host sleeps for `ms`: the wall clock goes on, the monotonic clock and all timers stand still. */
  suspend(ms: number): void {
    this.#wallMs += ms;
  }

  #moveTo(monotonicMs: number): void {
    this.#wallMs += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }

  #nextTimer(): PendingTimer | undefined {
    let next: PendingTimer | undefined;
    for (const timer of this.#timers.values()) {
      if (next === undefined || timer.dueMs < next.dueMs) next = timer;
    }
    return next;
  }
}

/** One turn of the event loop: every promise that can settle without I/O has settled after it. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
