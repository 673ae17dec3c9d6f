import { TokenManager } from '@worker-auth/token-manager';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';
import { expect, it, onTestFinished, vi } from 'vitest';

const clientId = 'worker';
const tokenUrl = 'https://oauth.example.com/token';

function open(clientSecret = 'old') {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  const server = { secret: 'old', isDown: false, requests: 0 };
  const endpoint = http.post(tokenUrl, async ({ request }) => {
    server.requests++;
    if (server.isDown) return new HttpResponse(null, { status: 503 });
    const form = new URLSearchParams(await request.text());
    if (form.get('client_id') !== clientId || form.get('client_secret') !== server.secret) {
      return HttpResponse.json({ error: 'invalid_client' }, { status: 401 });
    }
    const token = { access_token: `token-${server.requests}`, token_type: 'Bearer', expires_in: 300 };
    return HttpResponse.json(token);
  });
  const network = setupServer(endpoint);
  network.listen({ onUnhandledFrame: 'error' });
  onTestFinished(() => {
    network.close();
    vi.useRealTimers();
  });
  const store = { clientSecret };
  const credentials = {
    get: () => Promise.resolve({ clientId, ...store }),
    invalidate: () => undefined,
  };
  return { server, store, tokens: new TokenManager({ tokenUrl, credentials }) };
}

it('asks for a token once, and keeps it', async () => {
  const { server, tokens } = open();
  const [first, second] = await Promise.all([tokens.getToken(), tokens.getToken()]);
  expect([second, await tokens.getToken()]).toEqual([first, first]);
  expect(server.requests).toBe(1);
});

it('renews a token that has expired', async () => {
  const { tokens } = open();
  const first = await tokens.getToken();
  vi.advanceTimersByTime(300_000);
  expect(await tokens.getToken()).not.toBe(first);
});

it('has a token again after a 503', async () => {
  const { server, tokens } = open();
  server.isDown = true;
  await expect(tokens.getToken()).rejects.toMatchObject({ code: 'TOKEN_ENDPOINT_UNAVAILABLE' });
  server.isDown = false;
  vi.advanceTimersByTime(20_000);
  await expect(tokens.getToken()).resolves.toBeTypeOf('string');
});

it('says that its secret is refused', async () => {
  const { tokens } = open('wrong');
  await expect(tokens.getToken()).rejects.toMatchObject({ code: 'TOKEN_CLIENT_REJECTED' });
});

it('goes on with a rotated secret', async () => {
  const { server, store, tokens } = open();
  const first = await tokens.getToken();
  server.secret = store.clientSecret = 'new';
  expect(await tokens.getToken({ forceRefresh: true })).not.toBe(first);
});
