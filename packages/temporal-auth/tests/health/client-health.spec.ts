import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { ConnectivityError } from '../../src/errors/temporal-auth-error.ts';
import { authHealth, certificateHealth, temporalHealth } from '../../src/health/client-health.ts';
import type { ApplicationTokens } from '../../src/tokens/application-tokens.ts';
import { readInstant } from '@worker-auth/internal';

function tokens(more: object = {}): ApplicationTokens {
  return {
    peek: () => 'a-token',
    manager: { remainingMs: 1_000.4, nextRefreshInMs: 800.6 },
    ...{ credentialsSource: 'the environment', lastError: undefined },
    ...more,
  } as unknown as ApplicationTokens;
}

describe('authHealth', () => {
  it('says that authentication is off', () => {
    expect(authHealth(undefined)).toEqual({ state: 'off' });
  });

  it('tells of a valid token, in whole milliseconds', () => {
    expect(authHealth(tokens())).toEqual({
      ...{ state: 'valid', expiresInMs: 1_000, refreshInMs: 801, credentialsSource: 'the environment' },
    });
  });

  it('tells of a token that is missing, and of the reason', () => {
    const lastError = new ConnectivityError('no answer', {
      code: 'TOKEN_ENDPOINT_UNREACHABLE',
      retryable: true,
    });
    expect(authHealth(tokens({ peek: () => undefined, lastError }))).toMatchObject({
      state: 'missing',
      lastError: {
        ...{
          code: 'TOKEN_ENDPOINT_UNREACHABLE',
          kind: 'connectivity',
          retryable: true,
          message: 'no answer',
        },
      },
    });
  });

  it('gives no more than its message of an error of somebody else', () => {
    const error = Object.assign(new TypeError('wrong'), { code: 'X', request: 'secret' });
    expect(authHealth(tokens({ lastError: error })).lastError).toEqual({
      retryable: false,
      message: 'wrong',
    });
  });
});

describe('temporalHealth', () => {
  const clock = new FakeClock();

  it.each([undefined, { kind: 'unknown' } as const])('knows nothing of %o', (health) => {
    expect(temporalHealth(health, clock)).toEqual({ state: 'unknown' });
  });

  it('says that the token is taken', () => {
    expect(temporalHealth({ kind: 'good' }, clock)).toEqual({ state: 'good' });
  });

  it.each(['rejected', 'unreachable'] as const)('says since when it is %s, and why', async (kind) => {
    const health = { kind, reason: 'Request unauthorized.', since: readInstant(clock) };
    await clock.advance(1_500);
    expect(temporalHealth(health, clock)).toEqual({
      ...{ state: kind, sinceMs: 1_500, reason: 'Request unauthorized.' },
    });
  });
});

describe('certificateHealth', () => {
  const clock = new FakeClock({ wallMs: 10_000 });

  it('tells how long its life is and how much of it is left, by the clock on the wall', () => {
    const ending = (ms: number): object | undefined =>
      certificateHealth({ notBefore: new Date(1_000), notAfter: new Date(ms) }, clock);
    expect(ending(12_500)).toEqual({ expiresInMs: 2_500, lifetimeMs: 11_500 });
    expect(ending(9_000)).toEqual({ expiresInMs: -1_000, lifetimeMs: 8_000 });
  });

  it('is nothing where there is none', () => {
    expect(certificateHealth(undefined, clock)).toBeUndefined();
  });
});
