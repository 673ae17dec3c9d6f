import { describe, expect, it } from 'vitest';
import { aboutRejection } from '../../src/doctor/check-token.ts';
import type { ProblemFound } from '../../src/doctor/problem.ts';
import { AuthenticationError } from '@worker-auth/calls/errors/temporal-auth-error';

const sentMs = 1_700_000_000_000;
const now = sentMs / 1_000;
const good = { iss: 'worker', sub: 'worker', aud: 'https://auth.example', exp: now + 60, iat: now - 10 };

const failure = new AuthenticationError('It said no. Check it', {
  code: 'TOKEN_CLIENT_REJECTED',
  retryable: false,
});

/** What is found about a client with an assertion of these claims, over good ones. */
function found(
  claims: Readonly<Record<string, unknown>>,
  credentials: object = {},
  exchange: object = {},
): ProblemFound['problem'] {
  const about = aboutRejection(failure, {
    applicationName: 'postgres-extraction',
    credentials: { clientId: 'worker', source: 'the test', ...credentials },
    exchange: {
      ...{ url: new URL('https://auth.example/token?key=1'), sentMs },
      assertion: { header: {}, claims: { ...good, ...claims } },
      ...exchange,
    },
  });
  return (about as ProblemFound).problem;
}

const said = (...given: Parameters<typeof found>): string =>
  found(...given).cause.replace(' It said no.', '');

describe('of a rejected assertion', () => {
  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['is over', { exp: now }, 'The assertion ended (exp) 0 s ago.'],
    ['has no end and no beginning', { exp: undefined, iat: undefined }, 'It said no.'],
    ['begins later', { iat: now + 40 }, 'The assertion is good only in 40 s.'],
    ['begins when nbf says', { iat: now + 40, nbf: now - 1 }, 'It said no.'],
    [
      'is for nobody',
      { aud: undefined },
      'The assertion is for aud none, and not for https://auth.example/token or its issuer.',
    ],
    ['is for one server of several', { aud: ['x', 'https://auth.example/token'] }, 'It said no.'],
    ['is of another client', { sub: 'other' }, 'The assertion has sub "other", which is not the client id.'],
    ['is of a service account', { sub: 'system:serviceaccount:a:b' }, 'It said no.'],
    ['is of a workload', { sub: 'spiffe://a/b' }, 'It said no.'],
    [
      'only looks as of a workload',
      { sub: 'a:spiffe://b' },
      'The assertion has sub "a:spiffe://b", which is not the client id.',
    ],
  ])('that %s', (_what, claims, cause) => {
    expect(said(claims)).toBe(cause);
  });

  it.each([
    ['https://login.microsoftonline.com/tenant/oauth2/v2.0/token', 'api://AzureADTokenExchange', true],
    ['https://login.microsoftonline.us/tenant/oauth2/v2.0/token', 'https://login.microsoftonline.us', false],
    ['https://a.login.microsoftonline.com/token', 'https://a.login.microsoftonline.com', true],
    ['https://a.example/login.microsoftonline.', 'api://AzureADTokenExchange', false],
  ])('%s wants another audience where it is of Microsoft: %s', (url, aud, isForServer) => {
    expect(said({ aud }, {}, { url: new URL(url) }).includes('and not for')).toBe(!isForServer);
  });
});
