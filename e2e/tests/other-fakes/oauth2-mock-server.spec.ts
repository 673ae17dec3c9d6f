import { TokenManager } from '@worker-auth/token-manager';
import {
  Events,
  type MutableResponse,
  type MutableToken,
  OAuth2Server,
  type TokenRequestIncomingMessage,
} from 'oauth2-mock-server';
import { expect, it, onTestFinished, vi } from 'vitest';

const clientId = 'worker';

async function open(clientSecret = 'old') {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  const oauth = new OAuth2Server();
  await oauth.issuer.keys.generate('RS256');
  await oauth.start(0, '127.0.0.1');
  onTestFinished(async () => {
    await oauth.stop();
    vi.useRealTimers();
  });
  const server = { secret: 'old', isDown: false, requests: 0 };
  oauth.service.on(Events.BeforeTokenSigning, ({ payload }: MutableToken) => {
    payload['jti'] = String(server.requests);
  });
  const answer = (response: MutableResponse, { body }: TokenRequestIncomingMessage) => {
    const form: Readonly<Record<string, unknown>> = { ...body };
    server.requests++;
    if (server.isDown) response.statusCode = 503;
    // The server itself takes any secret.
    else if (form['client_id'] !== clientId || form['client_secret'] !== server.secret) {
      Object.assign(response, { statusCode: 401, body: { error: 'invalid_client' } });
    }
  };
  oauth.service.on(Events.BeforeResponse, answer);
  const store = { clientSecret };
  const credentials = {
    get: () => Promise.resolve({ clientId, ...store }),
    invalidate: () => undefined,
  };
  const tokenUrl = `${oauth.issuer.url ?? ''}/token`;
  return { server, store, tokens: new TokenManager({ tokenUrl, credentials }) };
}

it('asks for a token once, and keeps it', async () => {
  const { server, tokens } = await open();
  const [first, second] = await Promise.all([tokens.getToken(), tokens.getToken()]);
  expect([second, await tokens.getToken()]).toEqual([first, first]);
  expect(server.requests).toBe(1);
});

it('renews a token that has expired', async () => {
  const { tokens } = await open();
  const first = await tokens.getToken();
  vi.advanceTimersByTime(3_600_000);
  expect(await tokens.getToken()).not.toBe(first);
});

it('has a token again after a 503', async () => {
  const { server, tokens } = await open();
  server.isDown = true;
  await expect(tokens.getToken()).rejects.toMatchObject({ code: 'TOKEN_ENDPOINT_UNAVAILABLE' });
  server.isDown = false;
  vi.advanceTimersByTime(20_000);
  await expect(tokens.getToken()).resolves.toBeTypeOf('string');
});

it('says that its secret is refused', async () => {
  const { tokens } = await open('wrong');
  await expect(tokens.getToken()).rejects.toMatchObject({ code: 'TOKEN_CLIENT_REJECTED' });
});

it('goes on with a rotated secret', async () => {
  const { server, store, tokens } = await open();
  const first = await tokens.getToken();
  server.secret = store.clientSecret = 'new';
  expect(await tokens.getToken({ forceRefresh: true })).not.toBe(first);
});
