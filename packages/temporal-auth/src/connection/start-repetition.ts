import type { Logger } from '@temporalio/common';
import { type Clock, sleep, withDeadline } from '@worker-auth/inlined';
import { backoffDelay } from '@worker-auth/refresh-scheduler';
import {
  AuthenticationError,
  ConnectivityError,
  type TemporalAuthError,
  TemporalAuthErrorCode,
} from '../errors/temporal-auth-error.ts';
import { WaitingLog } from '../tokens/waiting-log.ts';

/** A start may be as late as the longest wait after what it waits for is there. */
const backoff = { initialMs: 500, maxWithoutLeaseMs: 5_000 };

/** Codes of a token that may be accepted once it is older. */
const refusedCodes: readonly string[] = [
  TemporalAuthErrorCode.callRefused,
  TemporalAuthErrorCode.permissionMissing,
];

/** Settings of {@link repeatStart}. */
export interface StartRepetitionOptions {
  /** How long a start may take while something is unreachable; 0 for one attempt, which takes its time. Milliseconds, at most 2^31-1. */
  readonly timeoutMs: number;
  /** How long a rejected token is tried, from the first rejection on; 0 for one attempt. Milliseconds, at most 2^31-1. */
  readonly newTokenTimeoutMs: number;
  readonly clock: Clock;
  /** From 0 to below 1, for the jitter. */
  readonly random: () => number;
  /** The caller's; ends everything with its reason. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** What is waited for at the moment, in words; `undefined` when it is logged elsewhere. */
  readonly waitedFor: () => string | undefined;
  /** What is thrown when the time is over and nothing has failed yet. */
  readonly tooLate: () => Error;
}

/** Part of a start. It ends when its signal aborts, and may take so many milliseconds where that is bounded. */
export type StartAttempt<T> = (signal: AbortSignal, timeoutMs: number | undefined) => Promise<T>;

/**
 * Repeats a start while it cannot reach something that may not be up yet, and for a shorter time while Temporal rejects the token: one that is new
 * may be accepted a little later. Any other failure ends it at once. Waits have full jitter, but an error that knows when to try again is
 * believed. What is waited for is logged after 2 s and then every 10 s, a rejected token at once.
 *
 * @throws what the last attempt threw; the signal's reason
 */
export async function repeatStart<T>(attempt: StartAttempt<T>, options: StartRepetitionOptions): Promise<T> {
  const { clock, logger, waitedFor } = options;
  let last: Error | undefined;
  let isRejected = false;
  const waiting = new WaitingLog(clock, logger, () => {
    const what = waitedFor();
    return what === undefined || last === undefined ? what : `${what} (${last.message})`;
  });
  return waiting.during(
    repeat(attempt, options, (error) => {
      if (!isRejected && error instanceof AuthenticationError) {
        isRejected = true;
        logger.warn(`Temporal rejects the token at the start; it is tried again: ${error.message}`);
      }
      last = error;
    }),
  );
}

async function repeat<T>(
  start: StartAttempt<T>,
  options: StartRepetitionOptions,
  onFailure: (error: Error) => void,
): Promise<T> {
  const { clock, random, signal, timeoutMs, newTokenTimeoutMs, tooLate } = options;
  const startMs = clock.monotonicNow();
  let rejectedMs: number | undefined;
  /** When a start that failed so is given up; `undefined` when no repetition helps. */
  const endOf = (error: unknown): number | undefined => {
    if (error instanceof ConnectivityError && error.retryable) return startMs + timeoutMs;
    if (!(error instanceof AuthenticationError) || !refusedCodes.includes(error.code)) return undefined;
    // While nothing could be reached, nobody looked at the token.
    rejectedMs ??= clock.monotonicNow();
    return rejectedMs + newTokenTimeoutMs;
  };
  let timeoutError = tooLate;
  let boundMs = timeoutMs === 0 ? Infinity : startMs + timeoutMs;
  const bounded = async (): Promise<T> => {
    const leftMs = boundMs - clock.monotonicNow();
    let work: Promise<T> | undefined;
    const run = (ending: AbortSignal): Promise<T> => (work = start(ending, leftMs));
    try {
      return await withDeadline(run, { clock, timeoutMs: leftMs, signal, timeoutError });
    } catch (error) {
      // It has closed what it opened when it has ended. What it opened all the same is the caller's.
      const [ended] = await Promise.allSettled([work]);
      if (ended.status === 'fulfilled' && ended.value !== undefined) return ended.value;
      throw error;
    }
  };
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await (boundMs === Infinity ? start(signal, undefined) : bounded());
    } catch (error) {
      const endMs = endOf(error);
      if (endMs === undefined) throw error;
      const { retryInMs } = error as TemporalAuthError;
      const waitMs = backoffDelay({ attempt, leaseRemainingMs: 0, retryInMs }, backoff, random);
      if (waitMs >= endMs - clock.monotonicNow()) throw error;
      onFailure(error as Error);
      timeoutError = () => error as Error;
      boundMs = endMs;
      await sleep(clock, waitMs, signal);
    }
  }
}
