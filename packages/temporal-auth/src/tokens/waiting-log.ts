import type { Logger } from '@temporalio/common';
import type { Clock, Timer } from '@worker-auth/internal';

/** A wait is logged after this long, in ms: an ordinary one is over by then. */
const firstAfterMs = 2_000;

/** And again each time that this long has passed, in ms. */
const thenEachMs = 10_000;

/** Logs what is waited for, so that a start that takes long is not a silent one. Any number of callers that wait at the same time are one wait. */
export class WaitingLog {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #waitedFor: () => string | undefined;
  #waiters = 0;
  #sinceMs = 0;
  #timer: Timer | undefined;

  /** @param waitedFor what is waited for at the moment; `undefined` when it is logged elsewhere */
  constructor(clock: Clock, logger: Logger, waitedFor: () => string | undefined) {
    this.#clock = clock;
    this.#logger = logger;
    this.#waitedFor = waitedFor;
  }

  /** The result of `work`, which is logged for as long as it takes. */
  async during<T>(work: Promise<T>): Promise<T> {
    if (this.#waiters++ === 0) {
      this.#sinceMs = this.#clock.monotonicNow();
      this.#logAfter(firstAfterMs);
    }
    try {
      return await work;
    } finally {
      if (--this.#waiters === 0) this.#timer?.cancel();
    }
  }

  #logAfter(delayMs: number): void {
    this.#timer = this.#clock.startTimer(() => {
      this.#logAfter(thenEachMs);
      const waitedFor = this.#waitedFor();
      if (waitedFor === undefined) return;
      const seconds = Math.round((this.#clock.monotonicNow() - this.#sinceMs) / 1_000);
      this.#logger.info(`Waiting for ${waitedFor}, for ${seconds} s so far`);
    }, delayMs);
  }
}
