import { describe, expect, it } from 'vitest';
import { looksSwapped, whiteSpaceIn } from '../../src/doctor/check-credentials.ts';
import { aboutRejectedClient } from '../../src/doctor/token-exchange.ts';

const sentMs = 1_700_000_000_000;
const now = sentMs / 1_000;
const good = { iss: 'worker', sub: 'worker', aud: 'https://auth.example', exp: now + 60, iat: now - 10 };
const goodSaid = 'it says iss "worker", sub "worker", aud "https://auth.example"';

/** What is said of an assertion with these claims, over good ones. */
function said(
  claims: Readonly<Record<string, unknown>>,
  credentials: object = {},
  exchange: object = {},
): string {
  return aboutRejectedClient(
    'postgres-extraction',
    { clientId: 'worker', source: 'the test', ...credentials },
    {
      ...{ url: new URL('https://auth.example/token?key=1'), sentMs },
      assertion: { header: {}, claims: { ...good, ...claims } },
      ...exchange,
    },
  );
}

describe('of a rejected assertion', () => {
  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['is good', {}, goodSaid],
    ['is over', { exp: now }, `its exp was 0 s ago; ${goodSaid}`],
    ['was over half a minute ago', { exp: now - 30 }, `its exp was 30 s ago; ${goodSaid}`],
    ['has no end and no beginning', { exp: undefined, iat: undefined }, goodSaid],
    ['begins now', { iat: now }, goodSaid],
    ['begins later', { iat: now + 40 }, `it is good only in 40 s; ${goodSaid}`],
    ['begins when nbf says', { iat: now + 40, nbf: now - 1 }, goodSaid],
    [
      'is for another server',
      { aud: 'https://other.example' },
      'its aud "https://other.example" does not name https://auth.example/token or its issuer; it says iss "worker", sub "worker", aud "https://other.example"',
    ],
    [
      'is for one server of several',
      { aud: ['x', 'https://auth.example/token'] },
      'it says iss "worker", sub "worker", aud ["x","https://auth.example/token"]',
    ],
    [
      'is for nobody',
      { aud: undefined },
      'its aud none does not name https://auth.example/token or its issuer; it says iss "worker", sub "worker", aud none',
    ],
    [
      'is of another client',
      { sub: 'other' },
      'its sub "other" is not the client id; it says iss "worker", sub "other", aud "https://auth.example"',
    ],
    [
      'is of a service account',
      { sub: 'system:serviceaccount:a:b' },
      'it says iss "worker", sub "system:serviceaccount:a:b", aud "https://auth.example"',
    ],
    [
      'is of a workload',
      { sub: 'spiffe://a/b' },
      'it says iss "worker", sub "spiffe://a/b", aud "https://auth.example"',
    ],
    [
      'only looks as of a workload',
      { sub: 'a:spiffe://b' },
      'its sub "a:spiffe://b" is not the client id; it says iss "worker", sub "a:spiffe://b", aud "https://auth.example"',
    ],
    [
      'has control characters',
      { iss: 'a\u001b' },
      'it says iss "a", sub "worker", aud "https://auth.example"',
    ],
  ])('that %s', (_what, claims, words) => {
    expect(said(claims)).toBe(`The assertion for the credentials from the test: ${words}.`);
  });

  it('its times are those of the server', () => {
    expect(said({ exp: now - 20, iat: now - 40 }, {}, { hostAheadMs: 30_000 })).toBe(said({}));
    expect(said({ exp: now + 20 }, {}, { hostAheadMs: -30_000 })).toContain('its exp was 10 s ago; ');
  });

  it.each([
    ['https://login.microsoftonline.com/tenant/oauth2/v2.0/token', 'api://AzureADTokenExchange', true],
    ['https://login.microsoftonline.us/tenant/oauth2/v2.0/token', 'https://login.microsoftonline.us', false],
    ['https://a.login.microsoftonline.com/token', 'https://a.login.microsoftonline.com', true],
    ['https://a.example/login.microsoftonline.', 'api://AzureADTokenExchange', false],
  ])('%s wants another audience where it is of Microsoft: %s', (url, aud, isForServer) => {
    expect(said({ aud }, {}, { url: new URL(url) }).includes('does not name')).toBe(!isForServer);
  });

  it('its file is named, and Azure where that gave it', () => {
    expect(said({}, { clientAssertionFile: '/token' })).toBe(
      `The assertion for the credentials from the test, file /token: ${goodSaid}.`,
    );
    expect(said({}, { source: 'environment variables AZURE_CLIENT_ID' })).toBe(
      `The assertion for the credentials from environment variables AZURE_CLIENT_ID: ${goodSaid}. The pod has an identity of Azure, perhaps of another application: ATLAN_postgres_extraction_client_id and the rest win over it.`,
    );
  });

  it('less is said where the credentials are not known', () => {
    expect(said({}, { source: undefined })).toContain('from their source: it says');
    expect(
      aboutRejectedClient('a', undefined, {
        url: new URL('https://a.example'),
        sentMs,
        assertion: undefined,
      }),
    ).toBe('');
    const assertion = { header: {}, claims: {} };
    expect(
      aboutRejectedClient('a', undefined, { url: new URL('https://a.example/t'), sentMs, assertion }),
    ).toBe(
      'The assertion for the credentials from their source: its aud none does not name https://a.example/t or its issuer; it says iss none, sub none, aud none.',
    );
  });
});

describe('of a rejected secret', () => {
  const random = 'aB3dE6gH9kL2nP5rS8uW';
  const uuid = '0B8F6A5E-8d3c-4a61-9D53-0f1d2c3b4a59';
  const swapped = 'The client id looks like a secret, and the secret like an id: swap them.';

  it.each([
    ['worker', 's3cret', ''],
    ['S3cret', 'worker', swapped],
    [
      ' worker',
      's3cret',
      'There is white space around the client id. Store the value without it (printf in place of echo).',
    ],
    [
      'S3cret\n',
      'worker ',
      `There is a newline or other white space around the client id and the client secret. Store the value without it (printf in place of echo). ${swapped}`,
    ],
  ])('%j, %j', (clientId, clientSecret, words) => {
    expect(aboutRejectedClient('a', { clientId, clientSecret }, undefined)).toBe(words);
  });

  it('nothing is said where there is no client', () => {
    expect(aboutRejectedClient('a', undefined, undefined)).toBe('');
    expect(whiteSpaceIn({ clientId: 'a', clientSecret: 'b' })).toBe('');
  });

  it.each([
    [random, 'hun-ter2', true],
    [random.slice(0, 19), 'hun-ter2', false],
    [random.toLowerCase(), 'hun-ter2', false],
    [random.toUpperCase(), 'hun-ter2', false],
    [random.replaceAll(/\d/g, 'x'), 'hun-ter2', false],
    [uuid, 'hun-ter2', false],
    [`x${uuid}`, 'hun-ter2', true],
    [`${uuid}x`, 'hun-ter2', true],
    [`${random}X`, random, true],
    [random, `${random}X`, false],
    [random, random, false],
    ['S3cret', 'a-b_c.d', true],
    ['S3cret', 'a-', false],
    ['S3cret', '-a', false],
    ['S3cret', 'Worker', false],
    ['worker', 'secret', false],
    [' worker ', 'secret', false],
    ['S3cret', ' worker ', true],
    [random, '', false],
  ])('they look swapped: %j, %j: %s', (clientId, clientSecret, isSwapped) => {
    expect(looksSwapped({ clientId, clientSecret })).toBe(isSwapped);
  });

  it('an id alone is not swapped', () => {
    expect(looksSwapped({ clientId: random })).toBe(false);
  });
});
