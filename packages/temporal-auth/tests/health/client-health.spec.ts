import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { authHealth, certificateHealth } from '../../src/health/client-health.ts';
import type { ApplicationTokens } from '../../src/tokens/application-tokens.ts';

function tokens(more: object = {}): ApplicationTokens {
  return {
    peek: () => 'a-token',
    manager: { remainingMs: 1_000.4, nextRefreshInMs: 800.6 },
    ...{ credentialsSource: 'the environment' },
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

  it('tells of a token that is missing', () => {
    expect(authHealth(tokens({ peek: () => undefined }))).toMatchObject({ state: 'missing' });
  });
});

describe('certificateHealth', () => {
  const clock = new FakeClock({ wallMs: 10_000 });

  it('tells how much of its life is left, by the clock on the wall', () => {
    const ending = (ms: number): object | undefined => certificateHealth({ notAfter: new Date(ms) }, clock);
    expect(ending(12_500)).toEqual({ expiresInMs: 2_500 });
    expect(ending(9_000)).toEqual({ expiresInMs: -1_000 });
  });

  it('is nothing where there is none', () => {
    expect(certificateHealth(undefined, clock)).toBeUndefined();
  });
});
