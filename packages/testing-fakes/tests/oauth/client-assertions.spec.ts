import { generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { FakeClock } from '../../src/fake-clock.ts';
import type { MockOAuthServer } from '../../src/oauth/mock-oauth-server.ts';
import { claimsOf, invalidClient, requestToken, startServer } from './ask.ts';
import {
  type AssertionKey,
  type Claims,
  claimsFor,
  createKey,
  requestByAssertion,
  secretKey,
  sign,
} from './assertions.ts';

const secret = 'a client secret of thirty-two bytes or more';
const now = Math.floor(Date.now() / 1_000);
let key: AssertionKey;
let other: AssertionKey;

beforeAll(async () => {
  [key, other] = await Promise.all([createKey(), createKey()]);
});

function startWithBoth(): Promise<MockOAuthServer> {
  return startServer({
    clients: [
      { clientId: 'own-key', jwks: key.jwks },
      { clientId: 'own-secret', clientSecret: secret },
    ],
  });
}

// What Keycloak 26.7.3 answers to the same assertions.
const rejected: readonly (readonly [string, Claims, number, string])[] = [
  ['for another audience', { aud: 'https://other.example' }, 400, 'Invalid token audience'],
  ['that is over', { exp: now - 1 }, 400, 'Token is not active'],
  ['that never ends', { exp: undefined }, 400, 'Token exp claim is required'],
  ['of tomorrow', { nbf: now + 86_400 }, 400, 'Token is not active'],
  ['issued tomorrow', { iat: now + 86_400 }, 400, 'Token was issued in the future'],
  ['without a jti', { jti: undefined }, 400, 'Token jti claim is required'],
  ['of another subject', { sub: 'other' }, 401, 'Invalid client or Invalid client credentials'],
  ['of an unknown client', { iss: 'x', sub: 'x' }, 401, 'Invalid client or Invalid client credentials'],
  ['of nobody', { iss: undefined }, 401, 'Invalid client or Invalid client credentials'],
];

describe.each(['private_key_jwt', 'client_secret_jwt'] as const)('%s', (method) => {
  const clientId = method === 'private_key_jwt' ? 'own-key' : 'own-secret';
  const assertionOf = (server: MockOAuthServer, changed: Claims = {}): Promise<string> => {
    const claims = claimsFor(server, clientId, changed);
    return clientId === 'own-key' ? key.sign(claims) : sign(claims, secretKey(secret), { alg: 'HS256' });
  };

  it.each<[string, (server: MockOAuthServer) => unknown]>([
    ['the issuer', (server) => server.issuer],
    ['the token endpoint', (server) => server.tokenUrl],
    ['one in a list', (server) => [server.issuer]],
  ])('may be for %s', async (_what, audience) => {
    const server = await startWithBoth();
    const assertion = await assertionOf(server, { aud: audience(server) as string });
    expect(await requestByAssertion(server, assertion)).toMatchObject({ status: 200 });
  });

  it('for others too is rejected', async () => {
    const server = await startWithBoth();
    const assertion = await assertionOf(server, { aud: [server.issuer, 'https://other.example'] });
    expect(await requestByAssertion(server, assertion)).toMatchObject(
      invalidClient(400, 'Multiple audiences not allowed'),
    );
  });

  it.each(rejected)('%s is rejected', async (_what, changed, status, description) => {
    const server = await startWithBoth();
    expect(await requestByAssertion(server, await assertionOf(server, changed))).toMatchObject(
      invalidClient(status, description),
    );
  });

  it('is good once', async () => {
    const server = await startWithBoth();
    const assertion = await assertionOf(server);
    expect(await requestByAssertion(server, assertion)).toMatchObject({ status: 200 });
    expect(await requestByAssertion(server, assertion)).toMatchObject(
      invalidClient(400, 'Token reuse detected'),
    );
    expect(await requestByAssertion(server, await assertionOf(server))).toMatchObject({ status: 200 });
  });

  it.each([
    [clientId, 200],
    ['another', 401],
  ])('beside the client_id %s is %s', async (claimed, status) => {
    const server = await startWithBoth();
    const assertion = await assertionOf(server);
    expect(await requestByAssertion(server, assertion, { client_id: claimed })).toMatchObject({ status });
  });

  it('is rejected beside a secret, and with another type', async () => {
    const server = await startWithBoth();
    const assertion = await assertionOf(server);
    expect(await requestByAssertion(server, assertion, { client_secret: 'x' })).toMatchObject({
      status: 400,
    });
    expect(await requestByAssertion(server, assertion, { client_assertion_type: 'urn:x' })).toMatchObject(
      invalidClient(
        401,
        'client_assertion_type must be urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      ),
    );
  });
});

describe('the signature of a private_key_jwt', () => {
  it('needs no kid', async () => {
    const server = await startWithBoth();
    const assertion = await key.sign(claimsFor(server, 'own-key'), { kid: undefined });
    expect(await requestByAssertion(server, assertion)).toMatchObject({ status: 200 });
  });

  it.each<[string, () => AssertionKey, Record<string, unknown>, string]>([
    [
      'by another key',
      () => other,
      {},
      'Client authentication with signed JWT failed: Signature on JWT token failed validation',
    ],
    ['with an unknown kid', () => key, { kid: 'x' }, 'Unable to load public key'],
    ['by nobody', () => key, { alg: 'none' }, 'Invalid signature algorithm'],
  ])('is rejected %s', async (_how, signer, header, description) => {
    const server = await startWithBoth();
    const assertion = await signer().sign(claimsFor(server, 'own-key'), header);
    expect(await requestByAssertion(server, assertion)).toMatchObject(invalidClient(400, description));
  });

  it('may be by any of the keys of the client, which must have some', async () => {
    const keys = [{ kty: 'unknown', kid: 'key-1' }, ...other.jwks.keys, ...key.jwks.keys];
    const server = await startServer({
      clients: [{ clientId: 'own-key', jwks: { keys } }, { clientId: 'no-key' }],
    });
    const ask = async (clientId: string) =>
      await requestByAssertion(server, await key.sign(claimsFor(server, clientId)));
    expect(await ask('own-key')).toMatchObject({ status: 200 });
    expect(await ask('no-key')).toMatchObject(invalidClient(400, 'Unable to load public key'));
  });

  it('is rejected by a key of another curve than the algorithm’s', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'key-1' };
    const server = await startServer({ clients: [{ clientId: 'own-key', jwks: { keys: [jwk] } }] });
    const parts = [{ alg: 'ES256', kid: 'key-1' }, claimsFor(server, 'own-key')];
    const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
    const signature = signBytes('sha256', Buffer.from(signed), key).toString('base64url');
    expect(await requestByAssertion(server, `${signed}.${signature}`)).toMatchObject({ status: 400 });
  });

  it('is checked with the keys at an address', async () => {
    const keys = await startServer();
    const server = await startServer({ clients: [{ clientId: 'own-key', jwks: keys.jwksUrl }] });
    const claims = claimsFor(server, 'own-key', { client_id: 'own-key' });
    expect(await requestByAssertion(server, keys.mintToken({ claims }))).toMatchObject({ status: 200 });
    keys.failWith({ status: 500, body: ({ body }) => body }, 'jwks');
    expect(await requestByAssertion(server, keys.mintToken({ claims }))).toMatchObject(
      invalidClient(400, 'Unable to load public key'),
    );
  });
});

describe('the life of an assertion', () => {
  const nowSeconds = Date.UTC(2026, 0, 1) / 1_000;

  it.each<[string, Claims, number]>([
    ['ends with its last second', { exp: nowSeconds }, 400],
    ['lasts until then', { exp: nowSeconds + 1 }, 200],
    ['begins with its first second', { nbf: nowSeconds }, 200],
    ['has begun before', { nbf: nowSeconds - 1 }, 200],
    ['begins later', { nbf: nowSeconds + 1 }, 400],
    ['may be as old as now', { iat: nowSeconds }, 200],
    ['has no times that are no numbers', { nbf: `${nowSeconds + 1}`, iat: `${nowSeconds + 1}` }, 200],
  ])('is to the second: it %s', async (_what, changed, status) => {
    const server = await startServer({
      clock: new FakeClock(),
      clients: [{ clientId: 'own-key', jwks: key.jwks }],
    });
    const times = { iat: undefined, exp: nowSeconds + 60 };
    const assertion = await key.sign(claimsFor(server, 'own-key', { ...times, ...changed }));
    expect(await requestByAssertion(server, assertion)).toMatchObject({ status });
  });
});

describe('a client_secret_jwt', () => {
  it('of another secret is rejected', async () => {
    const server = await startWithBoth();
    const assertion = await sign(claimsFor(server, 'own-secret'), secretKey(`${secret}.`), { alg: 'HS256' });
    expect(await requestByAssertion(server, assertion)).toMatchObject(
      invalidClient(
        400,
        'Client authentication with client secret signed JWT failed: Signature on JWT token by client secret failed validation',
      ),
    );
  });
});

describe('an assertion', () => {
  it('that is no JWT is rejected', async () => {
    const server = await startServer();
    expect(await requestByAssertion(server, 'abc')).toMatchObject(
      invalidClient(401, 'The assertion is no JWT'),
    );
  });

  it('is decided about by the test where it says so, beside which secrets stay good', async () => {
    const server = await startServer({ acceptAssertion: (assertion) => assertion === 'a.b.c' });
    expect(await requestByAssertion(server, 'a.b.c')).toMatchObject({ status: 200 });
    expect(await requestByAssertion(server, 'a.b.d')).toMatchObject({ status: 401 });
    expect(await requestByAssertion(server, 'a.b.c', { client_id: 'nobody' })).toMatchObject({ status: 401 });
    expect(await requestToken(server)).toMatchObject({ status: 200 });
    server.addClient({ clientId: 'second' });
    const { body } = await requestByAssertion(server, 'a.b.c', { client_id: 'second' });
    expect(claimsOf(body['access_token'])).toMatchObject({ client_id: 'second' });
  });
});
