import type { Logger } from '@temporalio/common';
import type { Clock, Timer } from '@worker-auth/internal';

/** A wait is logged after this long, in ms: an ordinary one is over by then. */
const firstAfterMs = 2_000;

/** And again each time that this long has passed, in ms. */
const thenEachMs = 10_000;

/**
 * Logs what is waited for, so that a start that takes long is not a silent one. Callers that wait at the same time are one wait.
 *
 * @param waitedFor what is waited for at the moment; `undefined` when it is logged elsewhere
 * @returns gives the result of a promise, and logs the wait for it
 */
export function waitingLog(
  clock: Clock,
  logger: Logger,
  waitedFor: () => string | undefined,
): <T>(work: Promise<T>) => Promise<T> {
  let waiters = 0;
  let sinceMs = 0;
  let timer: Timer | undefined;
  const logAfter = (delayMs: number): void => {
    timer = clock.startTimer(() => {
      logAfter(thenEachMs);
      const what = waitedFor();
      if (what === undefined) return;
      const seconds = Math.round((clock.monotonicNow() - sinceMs) / 1_000);
      logger.info(`Waiting for ${what}, for ${seconds} s so far`);
    }, delayMs);
  };
  return async (work) => {
    if (waiters++ === 0) {
      sinceMs = clock.monotonicNow();
      logAfter(firstAfterMs);
    }
    try {
      return await work;
    } finally {
      if (--waiters === 0) timer?.cancel();
    }
  };
}
