import type { Logger } from '../temporal.ts';
import type { Clock, Timer } from '@worker-auth/internal';

/** When a wait is logged, and then how often, in ms: an ordinary one has ended by the first. */
const waitLoggedMs = { first: 2_000, thenEach: 10_000 };

/** Logs the wait for a promise; waits at the same time are one. `waitedFor` gives `undefined` while that is logged elsewhere. */
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
      logAfter(waitLoggedMs.thenEach);
      const what = waitedFor();
      if (what === undefined) return;
      const seconds = Math.round((clock.monotonicNow() - sinceMs) / 1_000);
      logger.info(`Waiting for ${what}, for ${seconds} s so far`);
    }, delayMs);
  };
  return async (work) => {
    if (waiters++ === 0) {
      sinceMs = clock.monotonicNow();
      logAfter(waitLoggedMs.first);
    }
    try {
      return await work;
    } finally {
      if (--waiters === 0) timer?.cancel();
    }
  };
}
