import { beforeAll, describe, expect, it } from 'vitest';
import type { MockOAuthServer } from '../../src/oauth/mock-oauth-server.ts';
import { invalidClient, startServer } from './ask.ts';
import { type AssertionKey, claimsFor, createKey, requestByAssertion } from './assertions.ts';

const typ = 'client-authentication+jwt';
const clusterIssuer = 'https://cluster.example';
let key: AssertionKey;

beforeAll(async () => {
  key = await createKey();
});

function startStrict(): Promise<MockOAuthServer> {
  return startServer({
    strictAssertions: true,
    clients: [{ clientId: 'own-key', jwks: key.jwks }],
    trustedIssuers: [{ issuer: clusterIssuer, jwks: key.jwks, subjects: { pod: 'own-key' } }],
  });
}

describe('a server that takes assertions of RFC 10070 alone', () => {
  it('takes one for the issuer, of the right type', async () => {
    const server = await startStrict();
    const assertion = await key.sign(claimsFor(server, 'own-key'), { typ });
    expect(await requestByAssertion(server, assertion)).toMatchObject({ status: 200 });
  });

  it.each<[string, (server: MockOAuthServer) => unknown]>([
    ['the token endpoint', (server) => server.tokenUrl],
    ['the issuer in a list', (server) => [server.issuer]],
    ['the issuer and the token endpoint', (server) => [server.issuer, server.tokenUrl]],
    ['the issuer with a slash', (server) => `${server.issuer}/`],
  ])('rejects one for %s', async (_what, audience) => {
    const server = await startStrict();
    const assertion = await key.sign(claimsFor(server, 'own-key', { aud: audience(server) }), { typ });
    expect(await requestByAssertion(server, assertion)).toMatchObject({
      status: 400,
      body: {
        error: 'invalid_client',
        error_description: `The only audience must be the issuer ${server.issuer}`,
      },
    });
  });

  it.each([{}, { typ: 'JWT' }])('rejects one of another type: %j', async (header) => {
    const server = await startStrict();
    const assertion = await key.sign(claimsFor(server, 'own-key'), header);
    expect(await requestByAssertion(server, assertion)).toMatchObject(
      invalidClient(400, 'The typ of the header must be client-authentication+jwt'),
    );
  });

  it('takes one of a trusted issuer of any type, for the issuer alone', async () => {
    const server = await startStrict();
    const statuses = [server.issuer, [server.issuer]].map(async (aud) => {
      const assertion = await key.sign(claimsFor(server, 'pod', { iss: clusterIssuer, aud }));
      return (await requestByAssertion(server, assertion)).status;
    });
    expect(await Promise.all(statuses)).toEqual([200, 400]);
  });
});
