import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../src/fake-clock.ts';
import { requestToken, startServer } from './ask.ts';

describe('a server that comes back', () => {
  it('is at the same address, with its clients, keys and requests', async () => {
    const server = await startServer();
    const { issuer } = server;
    const secret = server.rotateClientSecret();
    const { body } = await requestToken(server);
    await server.stop();
    await expect(requestToken(server)).rejects.toThrow();
    await server.restart();
    expect(server.issuer).toBe(issuer);
    const jwks = (await (await fetch(server.jwksUrl)).json()) as JSONWebKeySet;
    await jwtVerify(String(body['access_token']), createLocalJWKSet(jwks), { issuer });
    expect(await requestToken(server, { client_secret: secret })).toMatchObject({ status: 200 });
    expect(server.tokenRequests).toHaveLength(2);
  });
});

describe('a server', () => {
  it.each([
    [false, /^http:\/\/127\.0\.0\.1:\d+\/realms\/x$/],
    [true, /^https:\/\/127\.0\.0\.1:\d+\/realms\/x$/],
  ])('names itself by its scheme and path, with TLS: %s', async (tls, pattern) => {
    const server = await startServer({ tls, issuerPath: '/realms/x' });
    expect(server.issuer).toMatch(pattern);
    expect(server.caCertificate === undefined).toBe(!tls);
  });

  it('has nothing but its documents and endpoints', async () => {
    const server = await startServer({ issuerPath: '/realms/x' });
    const origin = new URL(server.issuer).origin;
    const statusOf = async (path: string): Promise<number> => (await fetch(`${origin}${path}`)).status;
    expect(await statusOf('/realms/x/jwks')).toBe(200);
    expect(await statusOf('/realms/x/.well-known/openid-configuration')).toBe(200);
    expect(await statusOf('/.well-known/oauth-authorization-server/realms/x')).toBe(200);
    for (const path of ['/jwks', '/realms/y/jwks', '/realms/x', '/realms/x/jwks/', '/realms/xjwks']) {
      expect(await statusOf(path)).toBe(404);
    }
    expect(await (await fetch(origin)).json()).toEqual({ error: 'not_found' });
  });

  it.each(['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'])(
    'names its endpoints at %s',
    async (path) => {
      const server = await startServer();
      const response = await fetch(`${server.issuer}${path}`);
      expect(await response.json()).toEqual({
        issuer: server.issuer,
        token_endpoint: server.tokenUrl,
        jwks_uri: server.jwksUrl,
        grant_types_supported: ['client_credentials'],
        response_types_supported: [],
        token_endpoint_auth_methods_supported: [
          'client_secret_basic',
          'client_secret_post',
          'client_secret_jwt',
          'private_key_jwt',
        ],
        token_endpoint_auth_signing_alg_values_supported: ['HS256', 'RS256', 'PS256', 'ES256'],
      });
    },
  );

  it('dates its responses by its clock', async () => {
    const server = await startServer({ clock: new FakeClock() });
    const { headers } = await fetch(server.jwksUrl);
    expect(headers.get('date')).toBe('Thu, 01 Jan 2026 00:00:00 GMT');
  });
});
