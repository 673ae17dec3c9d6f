import type { Logger } from '@temporalio/common';
import type { Clock, Timer } from '@worker-auth/inlined';

/** A wait is told of after this long, in milliseconds: an ordinary one is over by then. */
const firstAfterMs = 2_000;

/** And again each time that this long has passed, in milliseconds. */
const thenEachMs = 10_000;

/** Tells the log what somebody waits for, so that a start that takes long is not a silent one. */
export class WaitingLog {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #waitedFor: () => string | undefined;

  /** @param waitedFor what is waited for at the moment; `undefined` when another tells of it */
  constructor(clock: Clock, logger: Logger, waitedFor: () => string | undefined) {
    this.#clock = clock;
    this.#logger = logger;
    this.#waitedFor = waitedFor;
  }

  /** The outcome of `work`; the log is told for as long as it takes. */
  async during<T>(work: Promise<T>): Promise<T> {
    const sinceMs = this.#clock.monotonicNow();
    let timer: Timer;
    const tell = (): void => {
      timer = this.#clock.startTimer(tell, thenEachMs);
      const waitedFor = this.#waitedFor();
      if (waitedFor === undefined) return;
      const seconds = Math.round((this.#clock.monotonicNow() - sinceMs) / 1_000);
      this.#logger.info(`Waiting for ${waitedFor}, for ${seconds} s so far`);
    };
    timer = this.#clock.startTimer(tell, firstAfterMs);
    try {
      return await work;
    } finally {
      timer.cancel();
    }
  }
}
