import { callSafely, type Clock, type Timer } from '@worker-auth/internal';

const firstNoticeMs = 1_000;
const nextNoticesMs = 10_000;

const notAnswered = 'It has not answered yet.';

/** What is said while a sidecar is waited for; plain data for a log. */
export interface WaitingEvent {
  /** How long it has been waited for, in milliseconds. */
  readonly waitedMs: number;
  /** How long it is waited for at most, in milliseconds. */
  readonly timeoutMs: number;
  /** The sidecar's URL. */
  readonly address: string;
  /** Why it is still waited for, in one sentence. */
  readonly reason: string;
}

/** Called with each {@link WaitingEvent}. What it throws, or what the promise that it returns rejects with, is dropped. */
export type WaitingListener = (event: WaitingEvent) => unknown;

/** What a {@link WaitingNotice} needs. */
export interface WaitingNoticeOptions {
  readonly clock: Clock;
  readonly address: string;
  readonly timeoutMs: number;
  readonly onWaiting: WaitingListener | undefined;
}

/** Says that a sidecar is waited for, 1 s after the waiting began and then each 10 s: once, however many reads wait. */
export class WaitingNotice {
  /** Why it is still waited for. */
  reason = notAnswered;
  readonly #options: WaitingNoticeOptions;
  #waiting = 0;
  #sinceMs = 0;
  #timer: Timer | undefined;

  constructor(options: WaitingNoticeOptions) {
    this.#options = options;
  }

  /** Runs `wait`, which is the waiting of one read. */
  async during<T>(wait: () => Promise<T>): Promise<T> {
    this.#waiting += 1;
    if (this.#waiting === 1) this.#begin();
    try {
      return await wait();
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#timer?.cancel();
    }
  }

  #begin(): void {
    const { clock, onWaiting } = this.#options;
    this.reason = notAnswered;
    if (onWaiting === undefined) return;
    this.#sinceMs = clock.monotonicNow();
    this.#notifyIn(firstNoticeMs, onWaiting);
  }

  #notifyIn(delayMs: number, onWaiting: WaitingListener): void {
    const { clock, timeoutMs, address } = this.#options;
    this.#timer = clock.startTimer(() => {
      // First the next one: whatever the listener does, the waiting may be over by then, and that ends the timer.
      this.#notifyIn(nextNoticesMs, onWaiting);
      const waitedMs = clock.monotonicNow() - this.#sinceMs;
      callSafely(() => onWaiting({ waitedMs, timeoutMs, address, reason: this.reason }), undefined);
    }, delayMs);
  }
}
