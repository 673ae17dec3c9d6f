import { sleep, withDeadline } from '@worker-auth/internal';
import { backoffDelay } from '@worker-auth/refresh-scheduler';
import {
  AuthenticationError,
  ConfigurationError,
  ConnectivityError,
  type TemporalAuthError,
  TemporalAuthErrorCode,
} from '@worker-auth/calls/errors/temporal-auth-error';
import type { ConditionCode, ConditionScope } from '@worker-auth/calls/conditions/codes';
import type { Settings } from '@worker-auth/calls/settings/settings';
import { waitingLog } from '@worker-auth/calls/conditions/waiting-log';

/** A start may be as late as the longest wait after what it waits for has arrived. */
const backoff = { initialMs: 500, maxWithoutLeaseMs: 5_000 };

/** Codes of a token that may be accepted once it is older. */
const { callRejected, notReady, permissionMissing, temporalUnavailable } = TemporalAuthErrorCode;
const rejectedCodes: readonly string[] = [callRejected, permissionMissing];

const conditionOf: Readonly<Record<string, ConditionCode>> = {
  [callRejected]: 'TEMPORAL_REJECTS_TOKEN',
  [permissionMissing]: 'PERMISSION_MISSING',
  [temporalUnavailable]: 'TEMPORAL_UNREACHABLE',
};

export interface StartRepetitionOptions extends Pick<
  Settings,
  'clock' | 'random' | 'logger' | 'conditions' | 'bootTimeoutMs' | 'newTokenTimeoutMs'
> {
  /** The Temporal that is opened. */
  readonly scope: ConditionScope;
  readonly signal: AbortSignal;
  /** What is waited for at the moment, in words; `undefined` when it is logged elsewhere. */
  readonly waitedFor: () => string | undefined;
  /** What is thrown when the time has passed and nothing has failed yet. */
  readonly tooLate: () => Error;
  /** Whether there is a token that nobody has tried: no start ends without that. */
  readonly isUntried: () => boolean;
}

/** Part of a start. It ends when its signal aborts, and may take so many milliseconds where that is bounded. */
export type StartAttempt<T> = (signal: AbortSignal, timeoutMs: number | undefined) => Promise<T>;

/**
 * Repeats a start while it cannot reach something that may not be up yet, and for a shorter time while Temporal rejects the token: one that is new
 * may be accepted a little later. Any other failure ends it at once. Waits are random, but an error that knows when to try again is believed.
 */
export async function repeatStart<T>(attempt: StartAttempt<T>, options: StartRepetitionOptions): Promise<T> {
  const { clock, random, signal, logger, conditions, scope, waitedFor, tooLate, isUntried } = options;
  const { bootTimeoutMs, newTokenTimeoutMs } = options;
  const unreachableDueMs = clock.monotonicNow() + bootTimeoutMs;
  let rejectedDueMs: number | undefined;
  let last: TemporalAuthError | undefined;
  const leftMsOf = (dueMs: number): number => dueMs - clock.monotonicNow();
  // One that is under way is not given up because another one was rejected.
  const wholeLeftMs = (): number =>
    bootTimeoutMs === 0 ? Infinity : leftMsOf(Math.max(unreachableDueMs, rejectedDueMs ?? 0));
  const once = async (): Promise<T> => {
    const leftMs = wholeLeftMs();
    if (leftMs === Infinity) return attempt(signal, undefined);
    const bounds = { clock, timeoutMs: leftMs, signal, timeoutError: () => last ?? tooLate() };
    let work: Promise<T> | undefined;
    try {
      return await withDeadline((ending) => (work = attempt(ending, leftMs)), bounds);
    } catch (error) {
      if (work === undefined) throw error;
      // It has closed what it opened when it has ended. What it opened all the same is the caller's.
      return await work.catch(() => {
        throw error;
      });
    }
  };
  const repeat = async (): Promise<T> => {
    for (let failures = 1; ; failures++) {
      try {
        return await once();
      } catch (error) {
        const isRejected = error instanceof AuthenticationError && rejectedCodes.includes(error.code);
        // A token may end just before it is sent.
        const isUnready = error instanceof ConfigurationError && error.code === notReady;
        if (!isRejected && !((error instanceof ConnectivityError || isUnready) && error.retryable))
          throw error;
        // While nothing could be reached, nobody looked at the token.
        if (isRejected) rejectedDueMs ??= clock.monotonicNow() + newTokenTimeoutMs;
        const dueMs = (isRejected ? rejectedDueMs : undefined) ?? unreachableDueMs;
        const retry = { attempt: failures, leaseRemainingMs: 0, retryInMs: error.retryInMs };
        const waitMs = backoffDelay(retry, backoff, random);
        const isOver = waitMs >= leftMsOf(dueMs);
        if (isOver && !(isRejected && isUntried() && wholeLeftMs() > 0)) throw error;
        last = error;
        const code = conditionOf[error.code];
        if (code !== undefined) conditions.raise(code, { scope, cause: error.message, retryInMs: waitMs });
        if (!isOver) await sleep(clock, waitMs, signal);
      }
    }
  };
  // What has failed is a condition.
  const logged = waitingLog(clock, logger, () => (last === undefined ? waitedFor() : undefined));
  try {
    const result = await logged(repeat());
    for (const code of Object.values(conditionOf)) conditions.clear(code, scope);
    return result;
  } finally {
    conditions.forget(scope);
  }
}
