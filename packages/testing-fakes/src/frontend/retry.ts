import { durationMs, type Failure, type RetryPolicy } from './messages.ts';

/** Why something is not tried again, or how long until it is, in milliseconds. */
export type RetryDecision =
  | { readonly retryState: string; readonly delayMs?: undefined }
  | { readonly retryState?: undefined; readonly delayMs: number };

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
  const next = failure.applicationFailureInfo?.nextRetryDelay;
  const delayMs = next === null || next === undefined ? intervalMs(policy, attempt) : durationMs(next);
  return delayMs > remainingMs ? { retryState: 'RETRY_STATE_TIMEOUT' } : { delayMs };
}

function isRetryable(policy: RetryPolicy, failure: Failure): boolean {
  const { applicationFailureInfo: application } = failure;
  if (failure.terminatedFailureInfo || failure.canceledFailureInfo) return false;
  if (failure.serverFailureInfo?.nonRetryable === true) return false;
  if (application?.nonRetryable === true) return false;
  return !(policy.nonRetryableErrorTypes ?? []).includes(application?.type ?? '');
}

function intervalMs(policy: RetryPolicy, attempt: number): number {
  const initialMs = durationMs(policy.initialInterval) || 1_000;
  const coefficient = (policy.backoffCoefficient ?? 0) || 2;
  const maximumMs = durationMs(policy.maximumInterval) || 100 * initialMs;
  return Math.min(initialMs * coefficient ** (attempt - 1), maximumMs);
}
