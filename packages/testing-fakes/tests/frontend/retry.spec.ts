import { expect, it } from 'vitest';
import { decideRetry } from '../../src/frontend/executions/retry.ts';

const policy = { initialInterval: { seconds: 1 }, maximumAttempts: 3, nonRetryableErrorTypes: ['Fatal'] };
const failure = { message: 'no' };
const whole = { timeoutFailureInfo: { timeoutType: 'TIMEOUT_TYPE_SCHEDULE_TO_CLOSE' } };

it.each([
  ['without a policy', undefined, failure, 1, 'RETRY_POLICY_NOT_SET'],
  ['after the last attempt', policy, failure, 3, 'MAXIMUM_ATTEMPTS_REACHED'],
  ['of a type that is not tried again', policy, { applicationFailureInfo: { type: 'Fatal' } }, 1],
  ['that says so', policy, { applicationFailureInfo: { nonRetryable: true } }, 1],
  ['of a cancellation', policy, { canceledFailureInfo: {} }, 1],
  ['when the whole time is over', policy, whole, 1, 'TIMEOUT'],
  ['when the next wait would be too long', policy, failure, 2, 'TIMEOUT'],
] as const)(
  'a failure %s ends the attempts',
  (_when, of, what, attempt, state: string = 'NON_RETRYABLE_FAILURE') => {
    expect(decideRetry(of as typeof policy, what as typeof failure, attempt, 1_500)).toEqual({
      retryState: `RETRY_STATE_${state}`,
    });
  },
);
