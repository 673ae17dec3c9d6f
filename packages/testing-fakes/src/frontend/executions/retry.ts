import type { Failure, RetryPolicy } from '../protocol/plain.ts';
import { durationMs } from '../protocol/times.ts';

/** Why something is not tried again, or how long until it is, in milliseconds. */
export type RetryDecision =
  | { readonly retryState: string; readonly delayMs?: undefined }
  | { readonly retryState?: undefined; readonly delayMs: number };

/** What Temporal adds to a policy that is not complete. */
const defaults = { initialMs: 1_000, coefficient: 2, maximumIntervals: 100 } as const;

/**
 * Whether there is another attempt, as Temporal decides it.
 *
 * @param attempt the one that failed; the first is 1
 * @param remainingMs until there may be no further attempt
 */
export function decideRetry(
  policy: RetryPolicy | null | undefined,
  failure: Failure,
  attempt: number,
  remainingMs: number,
): RetryDecision {
  if (policy === null || policy === undefined) return { retryState: 'RETRY_STATE_RETRY_POLICY_NOT_SET' };
  if (!isRetryable(policy, failure)) return { retryState: 'RETRY_STATE_NON_RETRYABLE_FAILURE' };
  const maximumAttempts = policy.maximumAttempts ?? 0;
  if (maximumAttempts > 0 && attempt >= maximumAttempts) {
    return { retryState: 'RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED' };
  }
  const told = failure.applicationFailureInfo?.nextRetryDelay;
  const delayMs = told === null || told === undefined ? intervalMs(policy, attempt) : durationMs(told);
  return delayMs > remainingMs ? { retryState: 'RETRY_STATE_TIMEOUT' } : { delayMs };
}

function isRetryable(policy: RetryPolicy, failure: Failure): boolean {
  const { applicationFailureInfo: application, timeoutFailureInfo: timeout } = failure;
  if (failure.terminatedFailureInfo || failure.canceledFailureInfo) return false;
  if (failure.serverFailureInfo?.nonRetryable === true) return false;
  if (timeout) return isEnded(timeout.timeoutType);
  if (application?.nonRetryable === true) return false;
  return !(policy.nonRetryableErrorTypes ?? []).includes(application?.type ?? '');
}

/** Whether an attempt was begun and took too long: only then another one can help. By number from a worker, by name from here. */
function isEnded(timeoutType: unknown): boolean {
  return [1, 4, 'TIMEOUT_TYPE_START_TO_CLOSE', 'TIMEOUT_TYPE_HEARTBEAT'].some((type) => type === timeoutType);
}

function intervalMs(policy: RetryPolicy, attempt: number): number {
  const initialMs = durationMs(policy.initialInterval) || defaults.initialMs;
  const maximumMs = durationMs(policy.maximumInterval) || initialMs * defaults.maximumIntervals;
  const coefficient = policy.backoffCoefficient ?? 0;
  return Math.min(initialMs * (coefficient || defaults.coefficient) ** (attempt - 1), maximumMs);
}
