import { FakeClock, MockOAuthServer } from '@worker-auth/testing-fakes';
import { TokenManager } from '@worker-auth/token-manager';
import { expect, it, onTestFinished } from 'vitest';

const clientId = 'worker';

async function open(clientSecret = 'old') {
  const clock = new FakeClock();
  const oauth = await MockOAuthServer.start({ clock, clientId, clientSecret: 'old', lifetimeSeconds: 300 });
  onTestFinished(() => oauth.stop());
  const store = { clientSecret };
  const credentials = {
    get: () => Promise.resolve({ clientId, ...store }),
    invalidate: () => undefined,
  };
  return { clock, oauth, store, tokens: new TokenManager({ tokenUrl: oauth.tokenUrl, credentials, clock }) };
}

it('asks for a token once, and keeps it', async () => {
  const { oauth, tokens } = await open();
  const [first, second] = await Promise.all([tokens.getToken(), tokens.getToken()]);
  expect([second, await tokens.getToken()]).toEqual([first, first]);
  expect(oauth.tokenRequests).toHaveLength(1);
});

it('renews a token that has expired', async () => {
  const { clock, tokens } = await open();
  const first = await tokens.getToken();
  await clock.advance(300_000);
  expect(await tokens.getToken()).not.toBe(first);
});

it('has a token again after a 503', async () => {
  const { clock, oauth, tokens } = await open();
  oauth.injectFault('unavailable503');
  await expect(tokens.getToken()).rejects.toMatchObject({ code: 'TOKEN_ENDPOINT_UNAVAILABLE' });
  await clock.advance(20_000);
  await expect(tokens.getToken()).resolves.toBeTypeOf('string');
});

it('says that its secret is refused', async () => {
  const { tokens } = await open('wrong');
  await expect(tokens.getToken()).rejects.toMatchObject({ code: 'TOKEN_CLIENT_REJECTED' });
});

it('goes on with a rotated secret', async () => {
  const { oauth, store, tokens } = await open();
  const first = await tokens.getToken();
  oauth.rotateClientSecret('new');
  store.clientSecret = 'new';
  expect(await tokens.getToken({ forceRefresh: true })).not.toBe(first);
});
