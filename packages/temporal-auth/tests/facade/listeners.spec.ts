import type { TokenManagerEvents } from '@worker-auth/token-manager';
import { FakeClock, MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AtlanAuthClient } from '../../src/facade/atlan-auth-client.ts';
import { authOptions } from '@worker-auth/calls/tests/auth-options';
import { openScene } from '../support/scene.ts';

let oauth: MockOAuthServer;
let clock: FakeClock;
let client: AtlanAuthClient;

beforeEach(async () => {
  clock = new FakeClock({ wallMs: Date.now() });
  oauth = await MockOAuthServer.start({ signingAlg: 'ES256', lifetimeSeconds: 60, clock });
  client = createClient();
});
afterEach(async () => {
  await client.stop();
  await oauth.stop();
});

function createClient(): AtlanAuthClient {
  return new AtlanAuthClient({
    ...authOptions(oauth),
    logger: new RecordingLogger(),
    clock,
    random: () => 0,
  });
}

const kinds = [
  'subscribe',
  'tokenRefreshed',
  'refreshFailed',
  'credentialsRejected',
  'tokenExpired',
] as const;

/** Makes one event of each kind happen; the end of a token only where it is asked for, since more failures come before it. */
async function provoke(kind: (typeof kinds)[number]): Promise<void> {
  await client.getToken();
  oauth.failWith('unauthorized401');
  await client.refreshToken().catch(() => undefined);
  if (kind !== 'tokenExpired') return;
  await client.start();
  await clock.advance(60_000);
}

describe.each(kinds)('a listener of AtlanAuthClient (%s)', (kind) => {
  const listen = (listener: () => unknown): (() => void) =>
    kind === 'subscribe' ? client.subscribe(listener) : client.on<keyof TokenManagerEvents>(kind, listener);

  it('is called until it leaves', async () => {
    let calls = 0;
    listen(() => calls++);
    const left = listen(() => calls++);
    left();
    await provoke(kind);
    expect(calls).toBe(1);
  });

  it.each(['stop', 'clearCache', 'getToken', 'refreshToken', 'start'] as const)(
    'may call %s()',
    async (method) => {
      const outcome = new Promise((resolve) => {
        const leave = listen(() => {
          leave();
          resolve(Promise.resolve(client[method]()).catch((error: unknown) => error));
        });
      });
      await Promise.allSettled([provoke(kind)]);
      await outcome;
      await client.stop();
      const asked = oauth.requests.length;
      await expect(client.refreshToken()).rejects.toMatchObject({ kind: 'stopped' });
      expect(oauth.requests).toHaveLength(asked);
    },
  );
});

describe('a logger', () => {
  it('may close the client in any of its lines', async () => {
    for (const part of ['Access token obtained', 'Connected to Temporal']) {
      await using scene = await openScene();
      const closed = Promise.withResolvers<unknown>();
      const logger = new RecordingLogger(({ message }) => {
        if (message.includes(part)) closed.resolve(closing.close());
      });
      const closing = scene.createClient({ logger });
      await closing.load().catch(() => undefined);
      await closed.promise;
      await scene.temporal.until(() => scene.temporal.openConnections === 0);
      expect(closing.auth.isTokenValid()).toBe(false);
    }
  });
});

describe('a credential source', () => {
  it('may close the client, and wait for that, while it is asked', async () => {
    await using scene = await openScene();
    const { clientId, clientSecret } = scene.oauth;
    const closing = scene.createClient({
      ...{ authUrl: undefined, clientId: undefined, clientSecret: undefined },
      credentials: {
        get: async () => {
          await closing.close();
          return { clientId, clientSecret, source: 'test' };
        },
        invalidate: () => undefined,
      },
    });
    await expect(closing.load()).rejects.toMatchObject({ kind: 'stopped' });
    await closing.close();
    expect(scene.oauth.tokenRequests).toEqual([]);
    expect(scene.temporal.connectionsSeen).toBe(0);
  });
});
