import {
  anyMs,
  checkOrder,
  checkRange,
  type OptionsOf,
  positiveMs,
  withDefaults,
} from '@worker-auth/inlined';

/** How long to wait after a failed renewal: see {@link backoffDelay}. */
export interface BackoffPolicy {
  /** Longest wait after the first failure. Milliseconds, above 0. Default 1 s. */
  readonly initialMs: number;
  /**
   * While the lease lives, the longest wait after the first failure is at least this share of what remains of it: with
   * half an hour left there is no hurry, and a fleet that lost its server does not return to it at once. 0 to 1.
   * Default 1/6.
   */
  readonly leaseShare: number;
  /** The longest wait grows by this factor with each failure. 1 or more. Default 2. */
  readonly factor: number;
  /** No wait is shorter. Milliseconds, 0 or more. Default 100 ms. */
  readonly minMs: number;
  /** The cap: no wait is longer, except as {@link maxWithLeaseMs} says. Milliseconds, above 0. Default 2 min. */
  readonly maxMs: number;
  /** The cap while the lease is good for longer than this. Milliseconds, above 0. Default 10 min. */
  readonly maxWithLeaseMs: number;
  /** So many attempts are made to fit into what remains of the lease. 2 or more. Default 4. */
  readonly attemptsInLease: number;
  /** A `retryAfterMs` is honoured up to this. Milliseconds, 0 or more. Default 10 min. */
  readonly maxRetryAfterMs: number;
}

/** The policy that applies where none is given. */
export const defaultBackoffPolicy: BackoffPolicy = {
  initialMs: 1_000,
  leaseShare: 1 / 6,
  factor: 2,
  minMs: 100,
  maxMs: 120_000,
  maxWithLeaseMs: 600_000,
  attemptsInLease: 4,
  maxRetryAfterMs: 600_000,
};

/** What an error may say about the next attempt; any error object may carry these two fields. */
export interface RetryHints {
  /** The server asks not to be called for this many milliseconds (`Retry-After`, RFC 9110 section 10.2.3). */
  readonly retryAfterMs?: number | undefined;
  /** A retry can help only after somebody has changed something: retried at the cap. Default false. */
  readonly permanent?: boolean | undefined;
}

/** A failed renewal. */
export interface RenewalFailure extends RetryHints {
  /** How many attempts have failed in a row, this one included: 1 after the first. */
  readonly attempt: number;
  /** What remains of the lease, in milliseconds; 0 or less when it has ended or there never was one. */
  readonly leaseRemainingMs: number;
}

/**
 * A whole policy from some of its settings.
 *
 * @throws RangeError for a setting outside its range, and when `minMs` is above `maxMs`
 */
export function resolveBackoffPolicy(settings: OptionsOf<BackoffPolicy> = {}): BackoffPolicy {
  const policy = withDefaults(defaultBackoffPolicy, settings);
  checkRange('initialMs', policy.initialMs, positiveMs);
  checkRange('leaseShare', policy.leaseShare, { min: 0, max: 1 });
  checkRange('factor', policy.factor, { min: 1, max: Number.MAX_VALUE });
  checkRange('minMs', policy.minMs, anyMs);
  checkRange('maxMs', policy.maxMs, positiveMs);
  checkRange('maxWithLeaseMs', policy.maxWithLeaseMs, positiveMs);
  checkRange('attemptsInLease', policy.attemptsInLease, { min: 2, max: Number.MAX_VALUE });
  checkRange('maxRetryAfterMs', policy.maxRetryAfterMs, anyMs);
  checkOrder('minMs', policy.minMs, 'maxMs', policy.maxMs);
  return policy;
}

/**
 * How long to wait after a failed renewal, in whole milliseconds.
 *
 * - The wait is drawn from 0 to a ceiling (full jitter) that doubles with each failure, up to the cap.
 * - While the lease lives, the ceiling is at most an even part of what remains of it, so that
 *   {@link BackoffPolicy.attemptsInLease} attempts fit; later ones take half of what remains.
 * - `retryAfterMs` (up to its cap) comes before all that; the drawn wait is added to it.
 * - `permanent` waits between half the cap and the cap.
 *
 * @param failure the failure and what its error said, see {@link retryHints}
 * @param policy settings over {@link defaultBackoffPolicy}
 * @param random a number from 0 to 1; default `Math.random`
 * @throws RangeError for a policy outside its range
 */
export function backoffDelay(
  failure: RenewalFailure,
  policy: OptionsOf<BackoffPolicy> = {},
  random: () => number = Math.random,
): number {
  const rules = resolveBackoffPolicy(policy);
  const askedMs = honouredRetryAfter(failure, rules);
  const remainingMs = failure.leaseRemainingMs - askedMs;
  const capMs = remainingMs > rules.maxWithLeaseMs ? rules.maxWithLeaseMs : rules.maxMs;
  const drawnMs =
    failure.permanent === true
      ? capMs * (0.5 + 0.5 * random())
      : random() * Math.min(capMs, ceiling(failure.attempt, remainingMs, rules));
  return Math.ceil(askedMs + Math.max(rules.minMs, drawnMs));
}

/**
 * Whether obeying the failure's `retryAfterMs` (up to its cap) means that the lease ends first.
 *
 * @param failure the failure and what its error said
 * @param policy settings over {@link defaultBackoffPolicy}
 */
export function retryAfterOutlivesLease(
  failure: RenewalFailure,
  policy: OptionsOf<BackoffPolicy> = {},
): boolean {
  const askedMs = honouredRetryAfter(failure, resolveBackoffPolicy(policy));
  return failure.leaseRemainingMs > 0 && askedMs >= failure.leaseRemainingMs;
}

/** Reads the {@link RetryHints} of anything that was thrown; what is not well-formed counts as not said. */
export function retryHints(error: unknown): RetryHints {
  if (typeof error !== 'object' || error === null) return {};
  const { retryAfterMs, permanent } = error as Partial<Record<keyof RetryHints, unknown>>;
  const isDuration = typeof retryAfterMs === 'number' && retryAfterMs >= 0;
  return {
    retryAfterMs: isDuration ? retryAfterMs : undefined,
    permanent: permanent === true,
  };
}

function honouredRetryAfter({ retryAfterMs = 0 }: RetryHints, rules: BackoffPolicy): number {
  return Math.min(retryAfterMs, rules.maxRetryAfterMs);
}

function ceiling(attempt: number, remainingMs: number, rules: BackoffPolicy): number {
  const growth = rules.factor ** (attempt - 1);
  if (remainingMs <= 0) return rules.initialMs * growth;
  const evenPart = remainingMs / Math.max(2, rules.attemptsInLease - attempt + 1);
  return Math.min(Math.max(rules.initialMs, rules.leaseShare * remainingMs) * growth, evenPart);
}
