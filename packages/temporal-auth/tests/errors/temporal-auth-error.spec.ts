import { describe, expect, it } from 'vitest';
import {
  AuthenticationError,
  ConfigurationError,
  ConnectivityError,
  StoppedError,
  TemporalAuthError,
  TemporalAuthErrorCode,
} from '../../src/errors/temporal-auth-error.ts';

describe('TemporalAuthError', () => {
  it.each([
    ['ConfigurationError', ConfigurationError, 'configuration'],
    ['ConnectivityError', ConnectivityError, 'connectivity'],
    ['AuthenticationError', AuthenticationError, 'authentication'],
    ['StoppedError', StoppedError, 'stopped'],
  ])('is the base of %s, which has a name and a kind of its own', (name, errorClass, kind) => {
    const error = new errorClass('what to do', { code: TemporalAuthErrorCode.closed });
    expect(error).toBeInstanceOf(TemporalAuthError);
    expect(error).toMatchObject({ name, kind, message: 'what to do', code: 'TEMPORAL_AUTH_CLOSED' });
  });

  it('is not worth a retry unless it says so', () => {
    expect(new ConnectivityError('no', { code: 'X' }).retryable).toBe(false);
    expect(new ConnectivityError('no', { code: 'X', retryable: true }).retryable).toBe(true);
  });

  it('has a cause only when there is one', () => {
    expect('cause' in new ConnectivityError('no', { code: 'X' })).toBe(false);
    expect(new ConnectivityError('no', { code: 'X', cause: 1 }).cause).toBe(1);
  });

  it('has codes of this package that begin with its name', () => {
    for (const code of Object.values(TemporalAuthErrorCode)) expect(code).toMatch(/^TEMPORAL_AUTH_[A-Z_]+$/);
  });
});
