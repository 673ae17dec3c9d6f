import type { Keycloak, KeycloakRealm } from '@worker-auth/servers';
import { TokenManager, TokenManagerErrorCode } from '@worker-auth/token-manager';
import { beforeAll, expect, it } from 'vitest';

const clientSecret = 'a b+c%d&e=f/g:h';

/** The tests of a token manager on a Keycloak that runs: what `oauth-conformance.ts` does not compare with the mock. */
export function keycloakTokenTests(keycloak: () => Keycloak): void {
  let realm: KeycloakRealm;

  beforeAll(async () => {
    realm = await keycloak().createRealm('token-workers');
    await realm.createClient({ clientId: 'orders-worker', clientSecret });
  });

  it.each([undefined, 'client_secret_basic', 'client_secret_post'] as const)(
    'come for the issuer alone, by %s with a secret that must be encoded, and live the 300 seconds of its default',
    async (clientAuth) => {
      const credentials = { clientId: 'orders-worker', clientSecret };
      await using tokens = new TokenManager({ issuer: realm.issuer, clientAuth, credentials });
      expect(await tokens.getToken()).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
      expect(tokens.remainingMs).toBeGreaterThan(150_000);
      expect(tokens.remainingMs).toBeLessThanOrEqual(300_000);
      expect(tokens.nextRefreshInMs).toBeLessThanOrEqual(270_000);
    },
  );

  it.each([
    ['dpop.bound.access.tokens', 'a DPoP key, and only bearer tokens can be sent here'],
    ['tls.client.certificate.bound.access.tokens', 'a TLS certificate. Give a fetch that presents it'],
  ])('do not come where %s binds them, and the error says so', async (attribute, says) => {
    const credentials = { clientId: attribute, clientSecret };
    await realm.createClient({ ...credentials, attributes: { [attribute]: 'true' } });
    await using tokens = new TokenManager({ issuer: realm.issuer, credentials });
    await expect(tokens.getToken()).rejects.toMatchObject({
      code: TokenManagerErrorCode.rejected,
      message: expect.stringContaining(`The server binds the tokens of this client to ${says}`) as unknown,
    });
  });
}
