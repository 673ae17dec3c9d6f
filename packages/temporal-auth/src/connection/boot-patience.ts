import type { Logger } from '@temporalio/common';
import { type Clock, sleep, withDeadline } from '@worker-auth/inlined';
import { ConnectivityError } from '../errors/temporal-auth-error.ts';
import { WaitingLog } from '../tokens/waiting-log.ts';

/** The longest first wait, in milliseconds; that of each next one is twice as long. */
const firstWaitMs = 500;

/** The longest of all waits, in milliseconds: as late may a start be, after what it waits for is there. */
const longestWaitMs = 5_000;

/** The shortest wait, in milliseconds. */
const shortestWaitMs = 100;

/** Settings of {@link withBootPatience}. */
export interface BootPatienceOptions {
  /** How long the repetitions may go on from now; 0 means that there are none. Milliseconds, at most 2^31-1. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** From 0 to below 1, for the jitter. */
  readonly random: () => number;
  /** The caller's; ends everything with its reason. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** What is waited for at the moment, in words; `undefined` when another tells of it. */
  readonly waitedFor: () => string | undefined;
}

/**
 * Repeats what a start consists of while it cannot reach something that may not be up yet. Any other failure ends it at once: what is
 * configured wrongly, and what answers and says no. Waits have full jitter, but an error that knows when it makes sense to try again is
 * believed. After 2 s and then each 10 s the log is told what is waited for, and why.
 *
 * @param attempt given a signal that ends it
 * @throws what the last attempt threw; the signal's reason
 */
export async function withBootPatience<T>(
  attempt: (signal: AbortSignal) => Promise<T>,
  options: BootPatienceOptions,
): Promise<T> {
  const { clock, logger, waitedFor } = options;
  let last: Error | undefined;
  const waiting = new WaitingLog(clock, logger, () => {
    const what = waitedFor();
    return what === undefined || last === undefined ? what : `${what} (${last.message})`;
  });
  return waiting.during(
    repeat(attempt, options, (error) => {
      last = error;
    }),
  );
}

async function repeat<T>(
  attempt: (signal: AbortSignal) => Promise<T>,
  { timeoutMs, clock, random, signal }: BootPatienceOptions,
  onFailure: (error: Error) => void,
): Promise<T> {
  const endMs = clock.monotonicNow() + timeoutMs;
  const leftMs = (): number => endMs - clock.monotonicNow();
  let bounded = attempt;
  for (let failures = 0; ; failures++) {
    try {
      return await bounded(signal);
    } catch (error) {
      if (!(error instanceof ConnectivityError) || !error.retryable) throw error;
      const waitMs = waitAfter(error, failures, random);
      if (waitMs >= leftMs()) throw error;
      onFailure(error);
      const timeoutError = (): Error => error;
      bounded = (ending) =>
        withDeadline(attempt, { clock, timeoutMs: leftMs(), signal: ending, timeoutError });
      await sleep(clock, waitMs, signal);
    }
  }
}

/** Milliseconds until the next attempt. */
function waitAfter(error: ConnectivityError, failures: number, random: () => number): number {
  if (error.retryInMs !== undefined) return Math.max(error.retryInMs, shortestWaitMs);
  return Math.max(random() * Math.min(firstWaitMs * 2 ** failures, longestWaitMs), shortestWaitMs);
}
