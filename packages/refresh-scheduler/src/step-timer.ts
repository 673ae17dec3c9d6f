import {
  type Clock,
  elapsedMs,
  inOwnContext,
  type Instant,
  readInstant,
  type Timer,
} from '@worker-auth/internal';
import { SharedTimer } from './shared-timer.ts';

/**
 * No timer of the clock is trusted for longer: timers stand still while the host sleeps, so both clocks are read at
 * least this often.
 */
export const timerStepMs = 15_000;

/** One timer for any wait, however long, which notices within a step that the host slept. */
export class StepTimer {
  readonly #callback: () => void;
  readonly #clock: Clock;
  #timer: Timer | undefined;
  #setAt: Instant;
  #waitMs = Infinity;
  #keepAlive = false;

  /** @param callback must not throw */
  constructor(callback: () => void, clock: Clock) {
    this.#callback = callback;
    this.#clock = clock;
    this.#setAt = readInstant(clock);
  }

  /**
   * Calls back in `waitMs` milliseconds, once, instead of what was set before. `Infinity` sets nothing.
   *
   * @param keepAlive whether the wait keeps the process alive
   */
  set(waitMs: number, keepAlive: boolean): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (waitMs === Infinity) return;
    this.#setAt = readInstant(this.#clock);
    this.#waitMs = waitMs;
    this.#keepAlive = keepAlive;
    this.#step(waitMs);
  }

  /** In no context of a caller: what the callback starts is for others too. */
  #step(leftMs: number): void {
    const [clock, keepAlive] = [this.#clock, this.#keepAlive];
    // Whole milliseconds: a rest too small to move the clock would fire for ever.
    const stepMs = Math.min(Math.max(0, Math.ceil(leftMs)), timerStepMs);
    this.#timer = inOwnContext(() =>
      leftMs > timerStepMs && !keepAlive
        ? SharedTimer.of(clock, timerStepMs).add(this.#onStep)
        : clock.startTimer(this.#onStep, stepMs, { keepAlive }),
    );
  }

  readonly #onStep = (): void => {
    const leftMs = this.#waitMs - elapsedMs(this.#clock, this.#setAt);
    if (leftMs > 0) this.#step(leftMs);
    else this.#callback();
  };
}
