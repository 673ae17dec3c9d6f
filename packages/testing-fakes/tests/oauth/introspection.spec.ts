import { describe, expect, it } from 'vitest';
import { FakeClock, type MockOAuthServer } from '../../src/index.ts';
import { type Answer, basic, claimsOf, post, requestToken, startServer } from './ask.ts';

function ask(
  server: MockOAuthServer,
  url: string,
  fields: Readonly<Record<string, string>>,
  authorization = basic(server.clientId, server.clientSecret),
): Promise<Answer> {
  return post(url, fields, authorization);
}

async function isActive(server: MockOAuthServer, token: string): Promise<unknown> {
  return (await ask(server, server.introspectionUrl, { token })).body['active'];
}

describe('introspection', () => {
  it('tells what an active token says', async () => {
    const server = await startServer({ audience: 'temporal' });
    const { body } = await requestToken(server, { scope: 'a b' });
    const token = String(body['access_token']);
    expect(await ask(server, server.introspectionUrl, { token })).toMatchObject({
      status: 200,
      body: { active: true, token_type: 'Bearer', scope: 'a b', aud: 'temporal', ...claimsOf(token) },
    });
  });

  it.each<[string, (server: MockOAuthServer) => string]>([
    ['that is over', (server) => server.mintToken({ lifetimeSeconds: 0 })],
    ['of tomorrow', (server) => server.mintToken({ claims: { nbf: Math.floor(Date.now() / 1_000) + 60 } })],
    ['of a foreign key', (server) => server.mintToken({ foreignKey: true })],
    ['that was changed', (server) => server.mintToken().replace(/\.[^.]*$/, '.c2lnbmVk')],
    ['that is none', () => 'nonsense'],
  ])('says nothing about a token %s', async (_what, tokenOf) => {
    const server = await startServer();
    expect((await ask(server, server.introspectionUrl, { token: tokenOf(server) })).body).toEqual({
      active: false,
    });
  });

  it('follows the server’s clock', async () => {
    const clock = new FakeClock();
    const server = await startServer({ clock, lifetimeSeconds: 60 });
    const token = server.mintToken();
    await clock.advance(59_000);
    expect(await isActive(server, token)).toBe(true);
    await clock.advance(1_000);
    expect(await isActive(server, token)).toBe(false);
  });

  it('knows tokens of keys that are kept or not yet published, and not those of a withdrawn one', async () => {
    const server = await startServer();
    const old = server.mintToken();
    const kid = server.rotateSigningKey({ publish: false });
    const early = server.mintToken();
    expect([await isActive(server, old), await isActive(server, early)]).toEqual([true, true]);
    server.withdrawKey(kid);
    expect([await isActive(server, old), await isActive(server, early)]).toEqual([true, false]);
  });
});

describe('revocation', () => {
  it('ends one token', async () => {
    const server = await startServer();
    const [ended, other] = [server.mintToken(), server.mintToken()];
    const answer = await ask(server, server.revocationUrl, { token: ended, token_type_hint: 'access_token' });
    expect(answer).toMatchObject({ status: 200, body: {} });
    expect([await isActive(server, ended), await isActive(server, other)]).toEqual([false, true]);
  });

  it('of an unknown token is a success', async () => {
    const server = await startServer();
    expect(await ask(server, server.revocationUrl, { token: 'nonsense' })).toMatchObject({ status: 200 });
  });

  it('of another client’s token is refused', async () => {
    const clients = ['one', 'two'].map((clientId) => ({ clientId, clientSecret: 's3cret' }));
    const server = await startServer({ clients });
    const token = server.mintToken({ clientId: 'two' });
    expect(await ask(server, server.revocationUrl, { token })).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    expect(await isActive(server, token)).toBe(true);
    expect(await ask(server, server.revocationUrl, { token }, basic('two', 's3cret'))).toMatchObject({
      status: 200,
    });
    expect(await isActive(server, token)).toBe(false);
  });

  it('that meets a fault did not happen', async () => {
    const server = await startServer();
    const token = server.mintToken();
    server.injectFault('unavailable503', { endpoint: 'revocation' });
    expect(await ask(server, server.revocationUrl, { token })).toMatchObject({ status: 503 });
    expect(await isActive(server, token)).toBe(true);
  });
});

describe.each(['introspectionUrl', 'revocationUrl'] as const)('the request to %s', (name) => {
  it.each([
    ['without a token', {}, basic('worker', 's3cret'), 400, 'invalid_request'],
    ['of nobody', { token: 'x' }, {}, 401, 'invalid_client'],
    ['with a wrong secret', { token: 'x' }, basic('worker', 'wrong'), 401, 'invalid_client'],
    [
      'with two methods',
      { token: 'x', client_secret: 's3cret' },
      basic('worker', 's3cret'),
      400,
      'invalid_request',
    ],
  ])('is refused %s', async (_how, fields, headers, status, error) => {
    const server = await startServer();
    expect(await post(server[name], fields, headers)).toMatchObject({ status, body: { error } });
  });
});

describe('discovery', () => {
  it('names both endpoints, and how clients authenticate there', async () => {
    const server = await startServer({ issuerPath: '/realms/x' });
    const response = await fetch(`${server.issuer}/.well-known/openid-configuration`);
    const methods = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt'];
    expect(await response.json()).toMatchObject({
      introspection_endpoint: server.introspectionUrl,
      introspection_endpoint_auth_methods_supported: methods,
      revocation_endpoint: server.revocationUrl,
      revocation_endpoint_auth_methods_supported: methods,
      token_endpoint_auth_methods_supported: methods,
      token_endpoint_auth_signing_alg_values_supported: ['HS256', 'RS256', 'PS256', 'ES256'],
    });
  });
});
