import { describe, expect, it } from 'vitest';
import { MockOAuthServer } from '../../src/oauth/mock-oauth-server.ts';
import { basic, claimsOf, post, requestToken, startServer } from './ask.ts';

const two = [
  { clientId: 'one', clientSecret: 'secret-1' },
  {
    clientId: 'two',
    clientSecret: ['old-2', 'secret-2'],
    permissions: ['other:read'],
    audience: 'temporal',
    subject: 'second',
    lifetimeSeconds: 60,
  },
] as const;

describe('several clients', () => {
  it('each get tokens of their own kind, and the server’s where they have none', async () => {
    const server = await startServer({ clients: two, audience: 'all', lifetimeSeconds: 7 });
    const first = await requestToken(server);
    const second = await requestToken(server, { client_id: 'two', client_secret: 'secret-2' });
    expect([first.body['expires_in'], second.body['expires_in']]).toEqual([7, 60]);
    expect(claimsOf(first.body['access_token'])).toMatchObject({
      client_id: 'one',
      sub: 'one',
      aud: 'all',
      permissions: ['default:write'],
    });
    const claims = claimsOf(second.body['access_token']);
    expect(claims).toMatchObject({ client_id: 'two', sub: 'second', aud: 'temporal' });
    expect(claims['permissions']).toEqual(['other:read']);
    expect(Number(claims['exp']) - Number(claims['iat'])).toBe(60);
  });

  it.each([
    ['secret-2', 200],
    ['old-2', 200],
    ['secret-1', 401],
  ])('have secrets of their own: two with %s is %s', async (secret, status) => {
    const server = await startServer({ clients: two });
    expect(await requestToken(server, { client_id: 'two', client_secret: secret })).toMatchObject({ status });
  });

  it('are led by the first', async () => {
    const server = await startServer({ clients: two });
    expect([server.clientId, server.clientSecret]).toEqual(['one', 'secret-1']);
    expect(claimsOf(server.mintToken())).toMatchObject({ client_id: 'one' });
    expect(claimsOf(server.mintToken({ clientId: 'two' }))).toMatchObject({ client_id: 'two' });
  });

  it('puts what is set from now on into its tokens', async () => {
    const server = await startServer();
    Object.assign(server, {
      audience: 'temporal',
      permissions: ['a:read'],
      subject: 's',
      lifetimeSeconds: 7,
    });
    const { body } = await requestToken(server);
    const claims = claimsOf(body['access_token']);
    expect(body['expires_in']).toBe(7);
    expect(claims).toMatchObject({ aud: 'temporal', permissions: ['a:read'], sub: 's' });
    expect(Number(claims['exp']) - Number(claims['iat'])).toBe(7);
  });
});

describe('a client with scopes', () => {
  it.each([
    [{ scope: 'b' }, { status: 200, body: { scope: 'b' } }],
    [{}, { status: 200, body: { scope: 'a b' } }],
    [{ scope: 'b a' }, { status: 200, body: { scope: 'b a' } }],
    [
      { scope: 'a c' },
      { status: 400, body: { error: 'invalid_scope', error_description: 'Invalid scopes: a c' } },
    ],
  ])('that asks for %j gets %j', async (fields, answer) => {
    const server = await startServer({ clients: [{ ...two[0], scopes: ['a', 'b'] }] });
    expect(await requestToken(server, fields)).toMatchObject(answer);
  });
});

describe('clients that make no sense are rejected', () => {
  it.each([
    [{ clients: two, clientId: 'x' }, 'Give clientId or clients, not both'],
    [{ clients: two, clientSecret: 'hunter2' }, 'Give clientSecret or clients, not both'],
    [{ clients: [] }, 'clients must name at least one client'],
    [{ clients: [two[0], two[0]] }, 'The client one is registered already'],
    [{ clientId: '' }, 'clientId must not be empty'],
    [{ clientSecret: '' }, 'A clientSecret of worker is empty'],
  ])('%#: %s', async (options, message) => {
    await expect(MockOAuthServer.start(options)).rejects.toThrow(new TypeError(message));
  });

  it('also when they join, or are not there', async () => {
    const server = await startServer({ clients: two });
    expect(() => {
      server.addClient(two[1]);
    }).toThrow(new TypeError('The client two is registered already'));
    const missing = new RangeError('The server has no client three');
    expect(() => server.rotateClientSecret('x', { clientId: 'three' })).toThrow(missing);
    expect(() => server.mintToken({ clientId: 'three' })).toThrow(missing);
  });
});

describe('a fault that leaves the response as it is', () => {
  it.each([
    ['s3cret', 200],
    ['wrong', 401],
  ])('leaves its status and headers too: %s is %s', async (secret, status) => {
    const server = await startServer();
    server.injectFault({ headers: { 'x-slow': 'yes' } });
    const answer = await post(server.tokenUrl, { grant_type: 'client_credentials' }, basic('worker', secret));
    expect([answer.status, answer.headers.get('x-slow')]).toEqual([status, 'yes']);
    expect(answer.headers.has('www-authenticate')).toBe(status === 401);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });
});
