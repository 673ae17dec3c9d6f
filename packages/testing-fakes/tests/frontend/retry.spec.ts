import { expect, it } from 'vitest';
import { decideRetry } from '../../src/frontend/retry.ts';

const policy = { initialInterval: { seconds: 1 }, maximumAttempts: 3, nonRetryableErrorTypes: ['Fatal'] };
const failure = { message: 'no' };

it.each([
  ['without a policy', undefined, failure, 1, 'RETRY_POLICY_NOT_SET'],
  ['with null for a policy', null, failure, 1, 'RETRY_POLICY_NOT_SET'],
  ['after the last attempt', policy, failure, 3, 'MAXIMUM_ATTEMPTS_REACHED'],
  ['of a type that is not tried again', policy, { applicationFailureInfo: { type: 'Fatal' } }, 1],
  ['that says so', policy, { applicationFailureInfo: { nonRetryable: true } }, 1],
  ['of a cancellation', policy, { canceledFailureInfo: {} }, 1],
  ['of the server that says so', policy, { serverFailureInfo: { nonRetryable: true } }, 1],
  ['when the next wait would be too long', policy, failure, 2, 'TIMEOUT'],
] as const)(
  'a failure %s ends the attempts',
  (_when, of, what, attempt, state: string = 'NON_RETRYABLE_FAILURE') => {
    expect(decideRetry(of as typeof policy, what as typeof failure, attempt, 1_500)).toEqual({
      retryState: `RETRY_STATE_${state}`,
    });
  },
);

const seconds = (count: number): { readonly seconds: number } => ({ seconds: count });

it.each([
  ['a second at first, and twice as long each time', {}, 1, 1_000],
  ['a second at first, and twice as long each time', {}, 4, 8_000],
  ['a hundred times the first at most', {}, 10, 100_000],
  ['its own first wait', { initialInterval: seconds(5) }, 1, 5_000],
  ['its own coefficient', { backoffCoefficient: 3 }, 3, 9_000],
  ['its own maximum', { maximumInterval: seconds(3) }, 3, 3_000],
  ['with no limit of attempts', { maximumAttempts: 0 }, 5, 16_000],
] as const)('a policy waits %s: %j', (_what, of, attempt, delayMs) => {
  expect(decideRetry(of, failure, attempt, Infinity)).toEqual({ delayMs });
});

it('a failure may say how long to wait, and another attempt may begin at the very end', () => {
  const own = { applicationFailureInfo: { nextRetryDelay: seconds(7) } };
  expect(decideRetry(policy, own, 1, 7_000)).toEqual({ delayMs: 7_000 });
  expect(decideRetry(policy, own, 1, 6_999)).toEqual({ retryState: 'RETRY_STATE_TIMEOUT' });
  const none = { applicationFailureInfo: { nextRetryDelay: null } };
  expect(decideRetry(policy, none, 1, Infinity)).toEqual({ delayMs: 1_000 });
});
