import { RefreshSchedulerError, RefreshSchedulerErrorCode } from '@worker-auth/refresh-scheduler';
import { describe, expect, it } from 'vitest';
import { errorForCallers, isAboutCredentials } from '../../src/tokens/error-for-callers.ts';
import {
  TokenManagerErrorCode as codes,
  type TokenManagerErrorCode,
  TokenRequestError,
} from '../../src/errors.ts';

describe('what callers get', () => {
  const { stopped, timedOut, discarded, badLease, dueOnArrival } = RefreshSchedulerErrorCode;

  it.each<readonly [RefreshSchedulerErrorCode, TokenManagerErrorCode, string]>([
    [stopped, codes.stopped, 'create a new one'],
    [timedOut, codes.timedOut, 'attemptTimeoutMs'],
    [discarded, codes.unavailable, 'invalidated again and again'],
    [badLease, codes.invalidResponse, 'clock of the authorization server'],
    [dueOnArrival, codes.invalidResponse, 'clock of the authorization server'],
  ])('for %s of the scheduler is %s', (code, ours, says) => {
    const error = errorForCallers(new RefreshSchedulerError('theirs', { code }), undefined);
    expect(error).toMatchObject({ name: code === stopped ? 'TokenManagerError' : 'TokenRequestError' });
    expect(error).toMatchObject({ code: ours, message: expect.stringContaining(says) as unknown });
  });

  it('is the very error that the attempt failed with, with the time until the next one in whole milliseconds', () => {
    const error = new TokenRequestError('rejected', { code: codes.rejected });
    expect(errorForCallers(error, undefined)).toBe(error);
    expect(error.retryInMs).toBeUndefined();
    expect(errorForCallers(error, 0.2)).toBe(error);
    expect(error).toMatchObject({ message: 'rejected', code: codes.rejected, retryInMs: 1 });
  });
});

describe('a failure that other credentials may mend', () => {
  const ours = (code: TokenManagerErrorCode): TokenRequestError => new TokenRequestError('', { code });
  const foreign = (kind: string): Error => Object.assign(new Error('of the store'), { kind });

  it.each<readonly [string, unknown]>([
    ['a client that was rejected', ours(codes.clientRejected)],
    ['credentials of the wrong form', ours(codes.invalidCredentials)],
    ['no token URL in them', ours(codes.endpointUnknown)],
    ['an error of the store', new Error('no such secret')],
    ['a store that is set up wrongly', foreign('configuration')],
    ['what is no error', { kind: 'connectivity' }],
  ])('is %s', (_name, error) => {
    expect(isAboutCredentials(error)).toBe(true);
  });

  it.each<readonly [string, unknown]>([
    ['none', undefined],
    ['a server that cannot answer', ours(codes.unavailable)],
    ['a scope that is rejected', ours(codes.rejected)],
    ['a store that cannot answer', foreign('connectivity')],
  ])('is not: %s', (_name, error) => {
    expect(isAboutCredentials(error)).toBe(false);
  });
});
