import type { Logger } from '@temporalio/common';
import { type Clock, sleep, withDeadline } from '@worker-auth/inlined';
import { backoffDelay } from '@worker-auth/refresh-scheduler';
import { ConnectivityError } from '../errors/temporal-auth-error.ts';
import { WaitingLog } from '../tokens/waiting-log.ts';

/** As late as the longest wait may a start be, after what it waits for is there. */
const backoff = { initialMs: 500, maxWithoutLeaseMs: 5_000 };

/** Settings of {@link withBootPatience}. */
export interface BootPatienceOptions {
  /** How long it may take in all; 0 means one attempt, which takes its time. Milliseconds, at most 2^31-1. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** From 0 to below 1, for the jitter. */
  readonly random: () => number;
  /** The caller's; ends everything with its reason. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** What is waited for at the moment, in words; `undefined` when another tells of it. */
  readonly waitedFor: () => string | undefined;
  /** What is thrown when the time is over and nothing has failed yet. */
  readonly tooLate: () => Error;
}

/** Part of a start. It ends when its signal aborts, and may take so many milliseconds where that is bounded. */
export type BootAttempt<T> = (signal: AbortSignal, timeoutMs: number | undefined) => Promise<T>;

/**
 * Repeats what a start consists of while it cannot reach something that may not be up yet. Any other failure ends it at once: what is
 * configured wrongly, and what answers and says no. Waits have full jitter, but an error that knows when it makes sense to try again is
 * believed. After 2 s and then each 10 s the log is told what is waited for, and why.
 *
 * @throws what the last attempt threw; the signal's reason
 */
export async function withBootPatience<T>(attempt: BootAttempt<T>, options: BootPatienceOptions): Promise<T> {
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
  start: BootAttempt<T>,
  { timeoutMs, clock, random, signal, tooLate }: BootPatienceOptions,
  onFailure: (error: Error) => void,
): Promise<T> {
  const endMs = clock.monotonicNow() + timeoutMs;
  const leftMs = (): number => endMs - clock.monotonicNow();
  let timeoutError = tooLate;
  const bounded = async (): Promise<T> => {
    let work: Promise<T> | undefined;
    const run = (ending: AbortSignal): Promise<T> => (work = start(ending, leftMs()));
    try {
      return await withDeadline(run, { clock, timeoutMs: leftMs(), signal, timeoutError });
    } catch (error) {
      // It has closed what it opened when it has ended.
      await Promise.allSettled([work]);
      throw error;
    }
  };
  for (let attempt = 1; ; attempt++) {
    try {
      return await (timeoutMs === 0 ? start(signal, undefined) : bounded());
    } catch (error) {
      if (!(error instanceof ConnectivityError) || !error.retryable) throw error;
      const { retryInMs } = error;
      const waitMs = backoffDelay({ attempt, leaseRemainingMs: 0, retryInMs }, backoff, random);
      if (waitMs >= leftMs()) throw error;
      onFailure(error);
      timeoutError = () => error;
      await sleep(clock, waitMs, signal);
    }
  }
}
