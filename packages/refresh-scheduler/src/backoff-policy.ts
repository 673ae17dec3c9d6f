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

/** A wait is drawn from this share of its ceiling up to the ceiling: it spreads a fleet, and a short draw is a request that finds nothing new. */
const leastShare = 0.5;

/** While the lease lives, no wait is longer than this share of what remains of it: some four attempts fit into the last minute. */
const leaseShare = 0.75;

/** No wait is shorter, in milliseconds: chance must not make a failure a loop. */
export const minWaitMs = 100;

/** A server that asks for fewer requests, and does not say when, is left alone for this share of the time for which it has. */
const throttledShare = 0.5;

/** After `retryAfterMs` a fleet is spread over as long again, up to the longer of a minute, which 1,000 processes fit into, and a tenth of it. */
const spread = { maxMs: 60_000, share: 0.1 };

/** How long to wait after a failed refresh: see {@link backoffDelay}. */
export interface BackoffPolicy {
  /** Longest wait after the first failure; no wait is shorter than half of it, less 100 ms while the lease lives. Milliseconds, above 0. Default 2 s. */
  readonly initialMs: number;
  /**
   * The cap without a lease: as long as nothing can be done without one, no wait is longer. Milliseconds, above 0. Default 12 s, a
   * fifth of the time for which Temporal keeps a worker whose token it rejects.
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
  initialMs: 2_000,
  maxWithoutLeaseMs: 12_000,
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
  /** The server asks for fewer requests (429): where it does not say when, waits grow until a quota that counts rejections opens again. Default false. */
  readonly isThrottled?: boolean | undefined;
}

/** A failed refresh. */
export interface RefreshFailure extends RetryHints {
  /** How many attempts have failed in a row, this one included: 1 after the first. */
  readonly attempt: number;
  /** What remains of the lease, in milliseconds; 0 or less when it has ended or there never was one. */
  readonly leaseRemainingMs: number;
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
 * - The wait is drawn from half of a ceiling up to it. The ceiling doubles with each failure, up to the cap.
 * - While the lease lives, the ceiling is three quarters of what remains of it, up to the cap; no wait is shorter than half of `initialMs`, less 100 ms.
 * - `retryInMs` takes the place of the drawn wait; three quarters of the lease bound it too, and it is raised to 100 ms.
 * - No wait is shorter than `retryAfterMs` (up to its cap) and a spread: all clients of a server were asked to come back at the same moment.
 *   The spread is drawn from 0 to as long again, at most the longer of a minute and a tenth of it.
 * - Without a lease and `retryAfterMs`, `isThrottled` raises the ceiling to half of `throttledForMs`, up to `maxThrottledMs`.
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
  const { leaseRemainingMs, retryInMs } = failure;
  const askedMs = honouredRetryAfter(failure, policy);
  const spreadMs = draw(random) * Math.min(askedMs, Math.max(spread.maxMs, askedMs * spread.share));
  const share = leastShare + (1 - leastShare) * draw(random);
  const waitMs = retryInMs ?? share * ceiling(failure, policy);
  return Math.ceil(
    Math.max(
      minWaitMs,
      Math.min(waitMs, partOf(leaseRemainingMs, policy)),
      askedMs + Math.min(spreadMs, partOf(leaseRemainingMs - askedMs, policy)),
    ),
  );
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

/** The longest wait in what remains of a lease; infinite without one. An attempt is made within the last second. */
function partOf(remainingMs: number, { initialMs }: BackoffPolicy): number {
  // Less than a whole one: an attempt that falls on the end comes too late.
  return remainingMs <= 0 ? Infinity : Math.max(leaseShare * remainingMs, leastShare * initialMs - minWaitMs);
}

function ceiling(failure: RefreshFailure, policy: BackoffPolicy): number {
  const { attempt, leaseRemainingMs, retryAfterMs = 0, isThrottled = false, throttledForMs = 0 } = failure;
  const { initialMs, maxWithoutLeaseMs, maxWithLeaseMs, maxThrottledMs } = policy;
  if (leaseRemainingMs > 0)
    return Math.min(Math.max(leaseShare * leaseRemainingMs, initialMs), maxWithLeaseMs);
  const longestMs = Math.min(initialMs * growthFactor ** (attempt - 1), maxWithoutLeaseMs);
  if (!isThrottled || retryAfterMs > 0) return longestMs;
  return Math.max(longestMs, Math.min(throttledShare * throttledForMs, maxThrottledMs));
}
