import {
  anyMs,
  callSafely,
  checkObject,
  checkOptions,
  checkRange,
  type OptionsOf,
  positiveMs,
  withDefaults,
  checkNumber,
} from '@worker-auth/internal';
import { draw } from './chance.ts';

/** The longest wait grows by this with each failure: the usual doubling. */
const growthFactor = 2;

/**
 * While the lease lives, the longest wait after the first failure is at least this share of what remains of it. With half an hour left there
 * is no hurry, and a fleet that lost its server does not return to it at once.
 */
const leaseShare = 0.1;

/** No wait is shorter, in milliseconds: chance must not make a failure a loop. */
export const minWaitMs = 100;

/** Number of attempts that fit into the rest of the lease: enough to outlast a restart of the server. */
const attemptsInLease = 4;

/** How long to wait after a failed refresh: see {@link backoffDelay}. */
export interface BackoffPolicy {
  /** Longest wait after the first failure. Milliseconds, above 0. Default 1 s. */
  readonly initialMs: number;
  /**
   * The cap without a lease: as long as nothing can be done without one, no wait is longer. Milliseconds, above 0. Default 10 s, a
   * sixth of the time for which Temporal keeps a worker whose token it rejects.
   */
  readonly maxWithoutLeaseMs: number;
  /** The cap while the lease lives. Milliseconds, above 0. Default 10 min. */
  readonly maxWithLeaseMs: number;
  /** A `retryAfterMs` is honoured up to this. Milliseconds, 0 or more. Default 10 min. */
  readonly maxRetryAfterMs: number;
  /** The cap without a lease, and of `retryAfterMs`, while the server asks for fewer requests. Milliseconds, above 0. Default 1 h. */
  readonly maxThrottledMs: number;
}

/** The policy that applies where none is given. */
export const defaultBackoffPolicy: BackoffPolicy = {
  initialMs: 1_000,
  maxWithoutLeaseMs: 10_000,
  maxWithLeaseMs: 600_000,
  maxRetryAfterMs: 600_000,
  maxThrottledMs: 3_600_000,
};

/** What an error may say about the next attempt; any error object may carry these fields. */
export interface RetryHints {
  /** The server asks not to be called for this many milliseconds (`Retry-After`, RFC 9110 section 10.2.3). */
  readonly retryAfterMs?: number | undefined;
  /** The next attempt is to be made in this many milliseconds, neither drawn nor capped; see {@link backoffDelay}. */
  readonly retryInMs?: number | undefined;
  /** Without a lease no wait is to be longer, in milliseconds: the attempt cost nobody anything, such as a connection that is rejected. */
  readonly maxWaitMs?: number | undefined;
  /** The server asks for fewer requests (429): where it does not say when, waits grow until a quota that counts rejections opens again. Default false. */
  readonly isThrottled?: boolean | undefined;
}

/** A failed refresh. */
export interface RefreshFailure extends RetryHints {
  /** How many attempts have failed in a row, this one included: 1 after the first. */
  readonly attempt: number;
  /** What remains of the lease, in milliseconds; 0 or less when it has ended or there never was one. */
  readonly leaseRemainingMs: number;
  /** How long the attempt took, in milliseconds. Without a lease the wait after it is shorter by that. Default 0. */
  readonly tookMs?: number | undefined;
  /** For how long the server has asked for fewer requests, in milliseconds from the first of the failures in a row that said so. Default 0. */
  readonly throttledForMs?: number | undefined;
}

/**
 * A whole policy from some of its settings.
 *
 * @throws RangeError for a setting outside its range
 */
export function resolveBackoffPolicy(settings: OptionsOf<BackoffPolicy> = {}): BackoffPolicy {
  checkOptions<object>('backoff', settings, defaultBackoffPolicy);
  const policy = withDefaults(defaultBackoffPolicy, settings);
  checkRange('initialMs', policy.initialMs, positiveMs);
  checkRange('maxWithoutLeaseMs', policy.maxWithoutLeaseMs, positiveMs);
  checkRange('maxWithLeaseMs', policy.maxWithLeaseMs, positiveMs);
  checkRange('maxRetryAfterMs', policy.maxRetryAfterMs, anyMs);
  checkRange('maxThrottledMs', policy.maxThrottledMs, positiveMs);
  return policy;
}

/**
 * How long to wait after a failed refresh, in whole milliseconds.
 *
 * - The wait is drawn from 0 to a ceiling (full jitter) that doubles with each failure, up to the cap.
 * - Without a lease the ceiling is lower by `tookMs`, but no lower than `initialMs`.
 * - While the lease lives, no wait is longer than an even part of what remains of it, so that
 *   four attempts fit; later ones take half of what remains.
 * - No wait is shorter than 100 ms.
 * - Without a lease, `maxWaitMs` lowers the cap.
 * - `retryInMs` takes the place of the drawn wait; the even part of the lease bounds it too.
 * - `retryAfterMs` (up to its cap) comes before all that; the wait is added to it. Its ceiling is `retryAfterMs` then, if that is longer: all
 *   clients of a server were asked to come back at the same moment.
 * - Without a lease and `retryAfterMs`, `isThrottled` raises the ceiling to `throttledForMs`, up to `maxThrottledMs`.
 *
 * @param failure the failure and what its error said, see {@link retryHints}
 * @param policy settings over {@link defaultBackoffPolicy}
 * @param random a number from 0 to 1; default `Math.random`
 * @throws RangeError for a policy outside its range, TypeError for what is no failure
 */
export function backoffDelay(
  failure: RefreshFailure,
  policy: OptionsOf<BackoffPolicy> = {},
  random: () => number = Math.random,
): number {
  checkObject('failure', failure);
  for (const [name, value] of Object.entries(failure))
    if (typeof value !== 'boolean' && value !== undefined) checkNumber(name, value);
  return drawBackoffDelay(failure, resolveBackoffPolicy(policy), random);
}

/** {@link backoffDelay} by a whole policy, as the scheduler keeps it. */
export function drawBackoffDelay(
  failure: RefreshFailure,
  policy: BackoffPolicy,
  random: () => number,
): number {
  const askedMs = honouredRetryAfter(failure, policy);
  const { attempt, retryInMs } = failure;
  const remainingMs = failure.leaseRemainingMs - askedMs;
  const evenPartMs = evenPart(attempt, remainingMs);
  const waitMs = retryInMs ?? draw(random) * Math.max(askedMs, ceiling(failure, remainingMs, policy));
  return Math.ceil(askedMs + Math.max(minWaitMs, Math.min(waitMs, evenPartMs)));
}

/** For how long the failure's `retryAfterMs` is obeyed, in milliseconds: 0 when the server asked for nothing. */
export function honouredRetryAfter(
  { retryAfterMs = 0, isThrottled = false }: RetryHints,
  { maxRetryAfterMs, maxThrottledMs }: BackoffPolicy,
): number {
  return Math.min(retryAfterMs, isThrottled ? maxThrottledMs : maxRetryAfterMs);
}

/** Reads the {@link RetryHints} of anything that was thrown; what is not well-formed counts as not said. */
export function retryHints(error: unknown): RetryHints {
  const retryInMs = duration(error, 'retryInMs');
  return {
    retryAfterMs: duration(error, 'retryAfterMs'),
    maxWaitMs: duration(error, 'maxWaitMs'),
    isThrottled: fieldOf(error, 'isThrottled') === true || undefined,
    // A wait without an end is no wait.
    retryInMs: retryInMs === Infinity ? undefined : retryInMs,
  };
}

function duration(error: unknown, name: keyof RetryHints): number | undefined {
  const value = fieldOf(error, name);
  return typeof value === 'number' && value >= 0 ? value : undefined;
}

function fieldOf(error: unknown, name: keyof RetryHints): unknown {
  // Nothing can be read of null, of undefined, or where a getter of somebody else's error throws.
  return callSafely<unknown>(() => (error as Partial<Record<keyof RetryHints, unknown>>)[name], undefined);
}

/** Infinite without a lease. */
function evenPart(attempt: number, remainingMs: number): number {
  return remainingMs <= 0 ? Infinity : remainingMs / Math.max(2, attemptsInLease - attempt + 1);
}

function ceiling(failure: RefreshFailure, remainingMs: number, policy: BackoffPolicy): number {
  const { attempt, maxWaitMs = Infinity, tookMs = 0, isThrottled = false, throttledForMs = 0 } = failure;
  const { retryAfterMs = 0 } = failure;
  const growth = growthFactor ** (attempt - 1);
  if (remainingMs <= 0) {
    const longestMs = Math.min(policy.initialMs * growth, policy.maxWithoutLeaseMs, maxWaitMs);
    const shortenedMs = Math.max(longestMs - tookMs, Math.min(longestMs, policy.initialMs));
    if (!isThrottled || retryAfterMs > 0) return shortenedMs;
    return Math.max(shortenedMs, Math.min(throttledForMs, policy.maxThrottledMs));
  }
  const firstMs = Math.max(policy.initialMs, leaseShare * remainingMs);
  return Math.min(firstMs * growth, policy.maxWithLeaseMs);
}
