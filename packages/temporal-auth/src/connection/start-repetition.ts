import { type DeadlineOptions, sleep, withDeadline } from '@worker-auth/internal';
import { backoffDelay } from '@worker-auth/refresh-scheduler';
import {
  AuthenticationError,
  ConnectivityError,
  type TemporalAuthError,
  TemporalAuthErrorCode,
} from '../errors/temporal-auth-error.ts';
import type { CommonSettings } from '../settings/auth-settings.ts';
import { waitingLog } from '../tokens/waiting-log.ts';

/** A start may be as late as the longest wait after what it waits for is there. */
const backoff = { initialMs: 500, maxWithoutLeaseMs: 5_000 };

/** Codes of a token that may be accepted once it is older. */
const refusedCodes: readonly string[] = [
  TemporalAuthErrorCode.callRefused,
  TemporalAuthErrorCode.permissionMissing,
];

/** Settings of {@link repeatStart}. */
export interface StartRepetitionOptions extends Pick<CommonSettings, 'clock' | 'random' | 'logger'> {
  /** How long a start may take while something is unreachable; 0 for one attempt, which takes its time. Milliseconds, at most 2^31-1. */
  readonly timeoutMs: number;
  /** How long a rejected token is tried, from the first rejection on; 0 for one attempt. Milliseconds, at most 2^31-1. */
  readonly newTokenTimeoutMs: number;
  /** The caller's; ends everything with its reason. */
  readonly signal: AbortSignal;
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
  const { clock, random, signal, logger, waitedFor, timeoutMs, newTokenTimeoutMs, tooLate } = options;
  const startMs = clock.monotonicNow();
  let boundMs = timeoutMs === 0 ? Infinity : startMs + timeoutMs;
  let rejectedMs: number | undefined;
  let last: TemporalAuthError | undefined;
  const once = (): Promise<T> => {
    const leftMs = boundMs - clock.monotonicNow();
    const bounds = { clock, timeoutMs: leftMs, signal, timeoutError: () => last ?? tooLate() };
    return boundMs === Infinity ? attempt(signal, undefined) : untilEnded(attempt, bounds);
  };
  const repeat = async (): Promise<T> => {
    for (let failures = 1; ; failures++) {
      signal.throwIfAborted();
      try {
        return await once();
      } catch (error) {
        const isRejected = error instanceof AuthenticationError && refusedCodes.includes(error.code);
        if (!isRejected && !(error instanceof ConnectivityError && error.retryable)) throw error;
        const isFirst = isRejected && rejectedMs === undefined;
        // While nothing could be reached, nobody looked at the token.
        if (isRejected) rejectedMs ??= clock.monotonicNow();
        boundMs =
          isRejected && rejectedMs !== undefined ? rejectedMs + newTokenTimeoutMs : startMs + timeoutMs;
        const retry = { attempt: failures, leaseRemainingMs: 0, retryInMs: error.retryInMs };
        const waitMs = backoffDelay(retry, backoff, random);
        if (waitMs >= boundMs - clock.monotonicNow()) throw error;
        last = error;
        if (isFirst)
          logger.warn(`Temporal rejects the token at the start; it is tried again: ${error.message}`);
        await sleep(clock, waitMs, signal);
      }
    }
  };
  const logged = waitingLog(clock, logger, () => {
    const what = waitedFor();
    return what === undefined || last === undefined ? what : `${what} (${last.message})`;
  });
  return logged(repeat());
}

/** An attempt has closed what it opened when it has ended. What it opened all the same is the caller's. */
async function untilEnded<T>(attempt: StartAttempt<T>, bounds: DeadlineOptions): Promise<T> {
  let work: Promise<T> | undefined;
  try {
    return await withDeadline((ending) => (work = attempt(ending, bounds.timeoutMs)), bounds);
  } catch (error) {
    const [ended] = await Promise.allSettled([work]);
    if (ended.status === 'fulfilled' && ended.value !== undefined) return ended.value;
    throw error;
  }
}
