import { describe, expect, it } from 'vitest';
import { aboutRejection } from '../../src/doctor/check-token.ts';
import type { ProblemFound } from '../../src/doctor/problem.ts';
import { AuthenticationError } from '../../src/errors/temporal-auth-error.ts';

const sentMs = 1_700_000_000_000;
const now = sentMs / 1_000;
const good = { iss: 'worker', sub: 'worker', aud: 'https://auth.example', exp: now + 60, iat: now - 10 };

const failure = (code = 'TOKEN_CLIENT_REJECTED'): AuthenticationError =>
  new AuthenticationError('It said no. Check it', { code, retryable: false });

/** What is found about a client with an assertion of these claims, over good ones. */
function found(
  claims: Readonly<Record<string, unknown>>,
  credentials: object = {},
  exchange: object = {},
): ProblemFound['problem'] {
  const about = aboutRejection(failure(), {
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
    ['is good', {}, 'It said no.'],
    ['is over', { exp: now }, 'The assertion ended (exp) 0 s ago.'],
    ['was over half a minute ago', { exp: now - 30 }, 'The assertion ended (exp) 30 s ago.'],
    ['has no end and no beginning', { exp: undefined, iat: undefined }, 'It said no.'],
    ['begins now', { iat: now }, 'It said no.'],
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

  it('its times are those of the server', () => {
    expect(said({ exp: now - 20, iat: now - 40 }, {}, { hostAheadMs: 30_000 })).toBe('It said no.');
    expect(said({ exp: now + 20 }, {}, { hostAheadMs: -30_000 })).toBe('The assertion ended (exp) 10 s ago.');
  });

  it.each([
    ['https://login.microsoftonline.com/tenant/oauth2/v2.0/token', 'api://AzureADTokenExchange', true],
    ['https://login.microsoftonline.us/tenant/oauth2/v2.0/token', 'https://login.microsoftonline.us', false],
    ['https://a.login.microsoftonline.com/token', 'https://a.login.microsoftonline.com', true],
    ['https://a.example/login.microsoftonline.', 'api://AzureADTokenExchange', false],
  ])('%s wants another audience where it is of Microsoft: %s', (url, aud, isForServer) => {
    expect(said({ aud }, {}, { url: new URL(url) }).includes('and not for')).toBe(!isForServer);
  });

  it('its claims are shown, without controls, and its file', () => {
    expect(found({ iss: 'a\u001b' }, { clientAssertionFile: '/token' }).evidence).toEqual([
      'assertion from the test, file /token',
      'iss "a", sub "worker", aud "https://auth.example"',
    ]);
    expect(found({}, { source: undefined }).evidence?.[0]).toBe('assertion from their source');
  });

  it('Azure is named where it gave the assertion', () => {
    const { cause, remedy } = found({}, { source: 'environment variables AZURE_CLIENT_ID' });
    expect(cause).toMatch(/^The assertion is that of the pod's Azure identity/);
    expect(remedy).toBe('Set ATLAN_postgres_extraction_client_id and the rest, which win over it.');
  });
});

describe('of a rejected secret', () => {
  it.each([
    ['worker', 's3cret', 'It said no.', 'Check it.'],
    [
      'aB3dE6gH9kL2nP5rS8uW',
      'worker',
      'The client id looks like a secret, and the secret like an id.',
      'Swap them.',
    ],
    [' worker', 's3cret', 'The client id has white space around it.', 'Store the value without it.'],
  ])('%j, %j', (clientId, clientSecret, cause, remedy) => {
    const about = aboutRejection(failure(), { credentials: { clientId, clientSecret } }) as ProblemFound;
    expect(about.problem).toMatchObject({ code: 'TOKEN_CLIENT_REJECTED', remedy });
    expect(about.problem.cause.startsWith(cause)).toBe(true);
  });

  it('the method that works is named', () => {
    const exchange = {
      url: new URL('https://a.example'),
      sentMs,
      assertion: undefined,
      method: 'client_secret_post',
    };
    const about = aboutRejection(failure(), { exchange } as never, 'client_secret_basic');
    expect(about).toMatchObject({
      problem: {
        cause: 'The client secret was sent by client_secret_post, and client_secret_basic works. It said no.',
        remedy: 'Set WORKER_AUTH_AUTH_METHOD=client_secret_basic, or method of clientSecret().',
      },
    });
  });

  it.each([
    ['is about something else', failure('TOKEN_REQUEST_THROTTLED')],
    ['is not ours', Object.assign(new Error('no'), { code: 'TOKEN_CLIENT_REJECTED' })],
  ])('an error that %s stays as it is', (_what, error) => {
    expect(aboutRejection(error, { credentials: { clientId: 'a ', clientSecret: 'b' } })).toBe(error);
  });
});
