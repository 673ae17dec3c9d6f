import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../src/fake-clock.ts';
import type { MockOAuthServer } from '../../src/oauth/mock-oauth-server.ts';
import type { OAuthEndpoint } from '../../src/oauth/oauth-endpoint.ts';
import { requestToken, startServer } from './ask.ts';

describe('a script', () => {
  it('gives its responses in order: bad ones by name or described, and the proper one', async () => {
    const server = await startServer();
    server.script([
      'throttled429',
      { status: 418, headers: { 'retry-after': '1' }, body: '{"short":1}' },
      'proper',
    ]);
    const answers = [await requestToken(server), await requestToken(server), await requestToken(server)];
    expect(answers.map(({ status }) => status)).toEqual([429, 418, 200]);
    expect(answers[0]?.headers.get('retry-after')).toBe('7');
    expect(answers[1]?.body).toEqual({ short: 1 });
    expect(server.issuedTokens).toHaveLength(1);
    server.assertDone();
  });

  it('fails a request beyond its end, which is recorded, and told by assertDone', async () => {
    const server = await startServer();
    server.script(['proper']);
    await requestToken(server);
    const response = await fetch(`${server.tokenUrl}?client_secret=hunter2`, { method: 'POST' });
    expect([response.status, await response.text()]).toEqual([
      500,
      expect.stringContaining('unplanned request'),
    ]);
    expect(server.requests.map(({ status }) => status)).toEqual([200, 500]);
    expect(() => {
      server.assertDone();
    }).toThrow(/^not planned: POST \/token$/);
  });
});

describe('a fault', () => {
  it.each([{ status: 200 }, { body: '{}' }])(
    'in place of the response issues no token: %j',
    async (fault) => {
      const server = await startServer();
      server.injectFault(fault);
      expect(await requestToken(server)).toMatchObject({ status: 200 });
      expect(server.issuedTokens).toEqual([]);
    },
  );

  it('lasts for some time of the server’s clock', async () => {
    const clock = new FakeClock();
    const server = await startServer({ clock });
    server.injectFault('unavailable503', { forMs: 10_000 });
    expect([(await requestToken(server)).status, (await requestToken(server)).status]).toEqual([503, 503]);
    await clock.advance(10_000);
    expect(await requestToken(server)).toMatchObject({ status: 200 });
    server.assertDone();
  });

  it('is chosen for each request, by name too', async () => {
    const server = await startServer();
    server.failWith((request) => (new Map(request.form).has('scope') ? 'invalidScope' : undefined));
    expect(await requestToken(server, { scope: 'a' })).toMatchObject({
      status: 400,
      body: { error: 'invalid_scope' },
    });
    expect(await requestToken(server)).toMatchObject({ status: 200 });
  });
});

describe('a hold', () => {
  it.each([
    ['the token endpoint', undefined, [undefined, 200]],
    ['the key set', 'jwks', [200, undefined]],
  ] as const)('of %s holds nothing else', async (_what, endpoint, statuses) => {
    const server = await startServer();
    const release = server.hold(endpoint);
    const held = server.nextRequest();
    const answers = endpoint === 'jwks' ? [fetch(server.jwksUrl)] : [requestToken(server)];
    await held;
    if (endpoint === 'jwks') await requestToken(server);
    else await fetch(server.jwksUrl);
    const statusOf = (path: string): number | undefined =>
      server.requests.find((request) => request.path === path)?.status;
    expect([statusOf('/token'), statusOf('/jwks')]).toEqual(statuses);
    release();
    await Promise.all<unknown>(answers);
  });

  it('ends with the server', async () => {
    const server = await startServer();
    server.hold();
    const arrived = server.nextRequest();
    const held = requestToken(server);
    await arrived;
    await Promise.all([server.stop(), expect(held).rejects.toThrow()]);
    await server.restart();
    expect(await requestToken(server)).toMatchObject({ status: 200 });
  });
});

describe.each<[OAuthEndpoint, (server: MockOAuthServer) => Promise<number>]>([
  ['token', async (server) => (await requestToken(server)).status],
  ['jwks', async (server) => (await fetch(server.jwksUrl)).status],
  ['metadata', async (server) => (await fetch(`${server.issuer}/.well-known/openid-configuration`)).status],
])('the endpoint %s', (endpoint, ask) => {
  it('can be slow, and still answer', async () => {
    const clock = new FakeClock();
    const server = await startServer({ clock });
    server.injectFault({ delayMs: 60_000 }, { endpoint });
    server.injectFault({ connection: 'drip', dripEveryMs: 10 }, { endpoint });
    for (let slow = 0; slow < 2; slow++) {
      const status = ask(server);
      await expect.poll(() => clock.pendingTimers).toBe(1);
      await clock.advance(60_000);
      expect(await status).toBe(200);
    }
    expect(server.issuedTokens).toHaveLength(endpoint === 'token' ? 2 : 0);
  });
});
