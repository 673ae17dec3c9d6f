import type { Keycloak, KeycloakRealm } from '@worker-auth/servers';
import { type CredentialSource, TokenManagerErrorCode, TokenManager } from '@worker-auth/token-manager';
import { privateKeyJwt } from '@worker-auth/token-manager/private-key-jwt';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';

const oddSecret = 'a b+c%d&e=f/g:h';
const longSecret = 'a client secret of thirty-two bytes or more';
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** The tests of a token manager on a Keycloak that runs. */
export function keycloakTokenTests(keycloak: () => Keycloak): void {
  let realm: KeycloakRealm;

  beforeAll(async () => {
    realm = await keycloak().createRealm('token-workers');
    await realm.createClient({ clientId: 'orders-worker', clientSecret: oddSecret });
    await realm.createClient({ clientId: 'rotated-worker', clientSecret: 'first' });
    await realm.createSecretSigningClient('hmac-worker', longSecret);
    const jwk = createPublicKey(privateKey).export({ format: 'jwk' });
    await realm.createSigningClient('signing-worker', {
      keys: [{ ...jwk, kid: 'k1', use: 'sig', alg: 'ES256' }],
    });
  });

  it('come for the issuer alone, and live the 300 seconds of its default', async () => {
    await using tokens = new TokenManager({
      issuer: realm.issuer,
      credentials: { clientId: 'orders-worker', clientSecret: oddSecret },
    });
    expect(await tokens.getToken()).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(tokens.remainingMs).toBeGreaterThan(150_000);
    expect(tokens.remainingMs).toBeLessThanOrEqual(300_000);
  });

  it('of 300 seconds are refreshed before their last half minute', async () => {
    await using tokens = new TokenManager({
      issuer: realm.issuer,
      credentials: { clientId: 'orders-worker', clientSecret: oddSecret },
    });
    await tokens.getToken();
    expect(tokens.nextRefreshInMs).toBeLessThanOrEqual(270_000);
    expect(tokens.nextRefreshInMs).toBeGreaterThan(100_000);
  });

  it.each(['client_secret_basic', 'client_secret_post'] as const)(
    'come by discovery with %s and a secret that must be encoded',
    async (clientAuth) => {
      await using tokens = new TokenManager({
        issuer: realm.issuer,
        clientAuth,
        credentials: { clientId: 'orders-worker', clientSecret: oddSecret },
      });
      expect(await tokens.getToken()).toBeTypeOf('string');
    },
  );

  it('come for a signed JWT of the client', async () => {
    await using tokens = new TokenManager({
      issuer: realm.issuer,
      credentials: { clientId: 'signing-worker' },
      clientAssertion: privateKeyJwt({ key: privateKey, algorithm: 'ES256', keyId: 'k1' }),
    });
    const first = await tokens.getToken();
    expect(await tokens.getToken({ forceRefresh: true })).not.toBe(first);
  });

  it('come for a JWT that is signed with the secret', async () => {
    const credentials = { clientId: 'hmac-worker', clientSecret: longSecret };
    await using tokens = new TokenManager({
      ...{ issuer: realm.issuer, clientAuth: 'client_secret_jwt', credentials },
    });
    expect(await tokens.getToken()).toBeTypeOf('string');
  });

  it.each([
    ['dpop.bound.access.tokens', 'a DPoP key, and only bearer tokens can be sent here'],
    ['tls.client.certificate.bound.access.tokens', 'a TLS certificate. Give a fetch that presents one'],
  ])('do not come where %s binds them, and the error says so', async (attribute, says) => {
    const client = { clientId: attribute, clientSecret: longSecret };
    await realm.createClient({ ...client, attributes: { [attribute]: 'true' } });
    await using tokens = new TokenManager({ issuer: realm.issuer, credentials: client });
    await expect(tokens.getToken()).rejects.toMatchObject({
      code: TokenManagerErrorCode.rejected,
      message: expect.stringContaining(`The server binds the tokens of this client to ${says}`) as unknown,
    });
  });

  it('do not come for a wrong secret, which is a rejected client', async () => {
    await using tokens = new TokenManager({
      issuer: realm.issuer,
      credentials: { clientId: 'orders-worker', clientSecret: 'wrong' },
    });
    await expect(tokens.getToken()).rejects.toMatchObject({
      code: TokenManagerErrorCode.clientRejected,
      status: 401,
      oauthError: 'unauthorized_client',
    });
  });

  it('come with the new secret after a rotation, in the same call', async () => {
    let secret = 'first';
    let remembered: string | undefined;
    const store: CredentialSource = {
      get: () => Promise.resolve({ clientId: 'rotated-worker', clientSecret: (remembered ??= secret) }),
      invalidate: () => {
        remembered = undefined;
      },
    };
    await using tokens = new TokenManager({ issuer: realm.issuer, credentials: store });
    const first = await tokens.getToken();
    await realm.changeSecret('rotated-worker', 'second');
    secret = 'second';
    expect(await tokens.getToken({ forceRefresh: true })).not.toBe(first);
  });
}
