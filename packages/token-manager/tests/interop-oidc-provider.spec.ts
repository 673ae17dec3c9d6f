import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { TokenManagerErrorCode, TokenManager, type TokenManagerOptions } from '../src/index.ts';
import { privateKeyJwt } from '../src/private-key-jwt.ts';
import { ofWorkers, startOidcProvider } from './oidc-provider-support.ts';
import { rejectionOf } from './support.ts';

const resources = ['https://temporal.example', 'https://other.example'];
const oddId = 'odd:worker+1';
const oddSecret = 'se%cret with +signs/&:~';

let rsaKey: KeyObject;
let ecKey: KeyObject;

beforeAll(() => {
  rsaKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  ecKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
});

function startProvider(): Promise<string> {
  const jwk = (key: KeyObject, kid: string): object => ({
    ...createPublicKey(key).export({ format: 'jwk' }),
    kid,
    use: 'sig',
  });
  return startOidcProvider({
    clients: [
      {
        ...ofWorkers,
        client_id: 'basic-worker',
        client_secret: 's3cret',
        token_endpoint_auth_method: 'client_secret_basic',
      },
      {
        ...ofWorkers,
        client_id: oddId,
        client_secret: oddSecret,
        token_endpoint_auth_method: 'client_secret_basic',
      },
      {
        ...ofWorkers,
        client_id: 'post-worker',
        client_secret: oddSecret,
        token_endpoint_auth_method: 'client_secret_post',
      },
      {
        ...ofWorkers,
        client_id: 'key-worker',
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [jwk(rsaKey, 'rsa'), jwk(ecKey, 'ec')] },
      },
    ],
    enabledJWA: { clientAuthSigningAlgValues: ['RS256', 'ES256'] },
    scopes: ['temporal:write'],
    ttl: {
      ClientCredentials: (_context: unknown, token: { readonly resourceServer?: unknown }) =>
        token.resourceServer === undefined ? 300 : 120,
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context: unknown, resource: string) => ({
          scope: 'temporal:write',
          audience: resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 120,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  });
}

function claimsOf(token: string): Record<string, unknown> {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
  return JSON.parse(payload) as Record<string, unknown>;
}

describe('oidc-provider, found by discovery, gives a token', () => {
  it.each<readonly [string, () => Omit<TokenManagerOptions, 'issuer'>]>([
    [
      'with client_secret_basic',
      () => ({
        credentials: { clientId: 'basic-worker', clientSecret: 's3cret' },
        clientAuth: 'client_secret_basic',
      }),
    ],
    [
      'with client_secret_basic and characters that must be encoded',
      () => ({
        credentials: { clientId: oddId, clientSecret: oddSecret },
        clientAuth: 'client_secret_basic',
      }),
    ],
    [
      'with client_secret_post',
      () => ({
        credentials: { clientId: 'post-worker', clientSecret: oddSecret },
        clientAuth: 'client_secret_post',
      }),
    ],
    [
      'with private_key_jwt and a key object, RS256',
      () => ({
        credentials: { clientId: 'key-worker' },
        clientAssertion: privateKeyJwt({ key: rsaKey, keyId: 'rsa' }),
      }),
    ],
    [
      'with private_key_jwt and PEM, ES256',
      () => ({
        credentials: { clientId: 'key-worker' },
        clientAssertion: privateKeyJwt({
          key: ecKey.export({ format: 'pem', type: 'pkcs8' }) as string,
          algorithm: 'ES256',
          keyId: 'ec',
        }),
      }),
    ],
    [
      'with private_key_jwt and a JWK that says what it is',
      () => ({
        credentials: { clientId: 'key-worker' },
        clientAssertion: privateKeyJwt({
          key: { ...ecKey.export({ format: 'jwk' }), kid: 'ec', alg: 'ES256' },
        }),
      }),
    ],
  ])('%s', async (_name, options) => {
    const issuer = await startProvider();
    await using tokens = new TokenManager({ issuer, ...options() });
    expect(await tokens.getToken()).toMatch(/^[\w-]{20,}$/);
    expect(tokens.remainingMs).toBeGreaterThan(290_000);
    expect(tokens.remainingMs).toBeLessThanOrEqual(300_000);
  });
});

describe('oidc-provider', () => {
  it('binds the token to the resource and the scope that were asked for (RFC 8707)', async () => {
    const issuer = await startProvider();
    await using tokens = new TokenManager({
      issuer,
      credentials: { clientId: 'basic-worker', clientSecret: 's3cret' },
      clientAuth: 'client_secret_basic',
      resource: resources[0],
      scope: ['temporal:write'],
    });
    const claims = claimsOf(await tokens.getToken());
    expect(claims).toMatchObject({ iss: issuer, aud: resources[0], scope: 'temporal:write' });
    expect(tokens.remainingMs).toBeLessThanOrEqual(120_000);
  });

  it('rejects two resources in one request, which is a configuration error', async () => {
    const issuer = await startProvider();
    await using tokens = new TokenManager({
      issuer,
      credentials: { clientId: 'basic-worker', clientSecret: 's3cret' },
      clientAuth: 'client_secret_basic',
      resource: resources,
    });
    expect(await rejectionOf(tokens.getToken())).toMatchObject({
      code: TokenManagerErrorCode.rejected,
      kind: 'configuration',
      oauthError: 'invalid_target',
    });
  });

  it.each([
    ['a wrong secret', 'basic-worker'],
    ['a secret where it wants a signed assertion', 'key-worker'],
  ])('rejects the client for %s', async (_name, clientId) => {
    const issuer = await startProvider();
    await using tokens = new TokenManager({ issuer, credentials: { clientId, clientSecret: 'wrong' } });
    expect(await rejectionOf(tokens.getToken())).toMatchObject({
      code: TokenManagerErrorCode.clientRejected,
      kind: 'authentication',
      oauthError: 'invalid_client',
    });
  });

  it('rejects a key that it does not know', async () => {
    const issuer = await startProvider();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await using tokens = new TokenManager({
      issuer,
      credentials: { clientId: 'key-worker' },
      clientAssertion: privateKeyJwt({ key: privateKey, algorithm: 'ES256', keyId: 'ec' }),
    });
    expect(await rejectionOf(tokens.getToken())).toMatchObject({
      code: TokenManagerErrorCode.clientRejected,
    });
  });
});
