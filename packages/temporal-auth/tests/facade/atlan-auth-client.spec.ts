import { FakeClock, MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AnyAuthOptions } from '@worker-auth/calls/settings/auth-options';
import type { AtlanAuthClientOptions } from '../../src/settings/client-options.ts';
import { ConnectivityError } from '@worker-auth/calls/errors/temporal-auth-error';
import { AtlanAuthClient } from '../../src/facade/atlan-auth-client.ts';
import { authOptions } from '@worker-auth/calls/tests/auth-options';
import { isSettled, rejection } from '../support/scene.ts';

let oauth: MockOAuthServer;
let log: RecordingLogger;
let clients: AtlanAuthClient[];

beforeEach(async () => {
  oauth = await MockOAuthServer.start({ signingAlg: 'ES256', lifetimeSeconds: 3_600 });
  log = new RecordingLogger();
  clients = [];
});
afterEach(async () => {
  for (const client of clients) await client.stop();
  await oauth.stop();
});

function createClient(options: AnyAuthOptions = {}): AtlanAuthClient {
  const client = new AtlanAuthClient({
    ...authOptions(oauth),
    logger: log,
    ...options,
  } as AtlanAuthClientOptions);
  clients.push(client);
  return client;
}

const source = {
  get: () => Promise.resolve({ clientId: 'worker', clientSecret: 's3cret', source: 'a source of ours' }),
  invalidate: () => undefined,
};

/** A client with these credentials, and the token endpoint of the environment. */
function clientOf(
  credentials: AnyAuthOptions['credentials'],
  env: Record<string, string> = {},
): AtlanAuthClient {
  return createClient({
    credentials,
    ...{ authUrl: undefined, clientId: undefined, clientSecret: undefined },
    env: { WORKER_AUTH_TOKEN_URL: oauth.tokenUrl, ...env },
  });
}

describe('AtlanAuthClient', () => {
  it('gets a token once and serves it from the cache', async () => {
    const client = createClient();
    const token = await client.getAccessToken();
    expect(token).toBe(oauth.issuedTokens[0]);
    expect(await client.getAccessToken()).toBe(token);
    expect(oauth.tokenRequests).toHaveLength(1);
  });

  it('makes the header for other services', async () => {
    const client = createClient();
    expect(await client.getAuthenticatedHeaders()).toEqual({
      authorization: `Bearer ${oauth.issuedTokens[0] ?? ''}`,
    });
  });

  it('says when the token ends', async () => {
    const clock = new FakeClock({ wallMs: Date.now() });
    const client = createClient({ clock });
    expect([client.isTokenValid(), client.getTokenExpiryTime(), client.getTimeUntilExpiry()]).toEqual([
      false,
      undefined,
      undefined,
    ]);
    await client.getAccessToken();
    expect(client.isTokenValid()).toBe(true);
    expect(client.getTimeUntilExpiry()).toBeCloseTo(3_600_000, -4);
    expect(client.getTokenExpiryTime()?.getTime()).toBeCloseTo(clock.wallNow() + 3_600_000, -4);
    await clock.advance(3_600_000);
    expect(client.isTokenValid()).toBe(false);
    expect(client.getTimeUntilExpiry()).toBe(0);
  });

  it.each([null, 5, '', ' '])('rejects the application name %j', (applicationName) => {
    const create = () => createClient({ applicationName: applicationName as string });
    expect(create).toThrow(TypeError);
    expect(create).toThrow('applicationName must not be empty');
  });

  it('reads the variables of the process when it is given no others', () => {
    vi.stubEnv('ATLAN_WORKFLOW_AUTH_ENABLED', 'true');
    try {
      const options = { authEnabled: undefined, clientId: undefined, clientSecret: undefined };
      expect(createClient({ ...options, env: undefined }).isAuthEnabled()).toBe(true);
      expect(createClient(options).isAuthEnabled()).toBe(false);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe('the credentials of an AtlanAuthClient', () => {
  it('are read again after clearCache()', async () => {
    const invalidate = vi.fn<() => void>();
    const client = clientOf({ ...source, invalidate });
    await client.getAccessToken();
    expect(invalidate).not.toHaveBeenCalled();
    client.clearCache();
    expect(client.isTokenValid()).toBe(false);
    expect(invalidate).toHaveBeenCalled();
    expect(await client.getAccessToken()).toBe(oauth.issuedTokens[1]);
  });

  it('come out typed when their source fails with a plain error, and without what that may hold', async () => {
    const failing = { ...source, get: () => Promise.reject(new Error('vault sealed')) };
    const error = await rejection(clientOf(failing).getAccessToken());
    expect(error).toBeInstanceOf(ConnectivityError);
    expect(error).toMatchObject({ code: 'TEMPORAL_AUTH_CREDENTIAL_SOURCE_FAILED', retryable: true });
    expect((error as Error).cause).toBeUndefined();
  });
});

describe('the token endpoint of an AtlanAuthClient', () => {
  it('is what the credentials say, and follows them', async () => {
    await using moved = await MockOAuthServer.start({ signingAlg: 'ES256' });
    let tokenUrl = oauth.tokenUrl;
    const get = async () => ({ ...(await source.get()), tokenUrl });
    const client = clientOf({ ...source, get }, { WORKER_AUTH_TOKEN_URL: '' });
    expect(await client.getAccessToken()).toBe(oauth.issuedTokens[0]);
    tokenUrl = moved.tokenUrl;
    expect(await client.refreshToken()).toBe(moved.issuedTokens[0]);
  });

  it('is the one of the environment when the credentials say another', async () => {
    const get = async () => ({ ...(await source.get()), tokenUrl: 'https://elsewhere.invalid/token' });
    const client = clientOf({ ...source, get });
    expect(await client.getAccessToken()).toBe(oauth.issuedTokens[0]);
  });

  it('is a configuration error when nobody names it, and says what to set', async () => {
    const client = clientOf(source, { WORKER_AUTH_TOKEN_URL: '' });
    expect(await rejection(client.getAccessToken())).toMatchObject({
      name: 'ConfigurationError',
      code: 'TOKEN_ENDPOINT_UNKNOWN',
      message:
        'There is no token endpoint. Set WORKER_AUTH_TOKEN_URL (or the option tokenUrl), or atlan_auth_url in the secret.',
    });
  });
});

describe('waiting', () => {
  it.each(['getAccessToken', 'refreshToken', 'getAuthenticatedHeaders', 'getToken'] as const)(
    'ends with the reason of the signal that %s() was given',
    async (method) => {
      oauth.hold();
      const client = clientOf(source);
      const leaving = new AbortController();
      const asked = oauth.nextRequest();
      const waiting = client[method]({ signal: leaving.signal });
      await asked;
      expect(await isSettled(waiting)).toBe(false);
      const reason = new Error('the caller left');
      leaving.abort(reason);
      await expect(waiting).rejects.toBe(reason);
    },
  );
});

describe('stop()', () => {
  it('ends what start() has begun, whenever it is called', async () => {
    oauth.hold();
    const client = clientOf(source);
    const starting = client.start();
    await client.stop();
    await starting;
    const asked = oauth.tokenRequests.length;
    await expect(client.getAccessToken()).rejects.toMatchObject({ kind: 'stopped' });
    await expect(client.start()).rejects.toMatchObject({ kind: 'stopped', code: 'TOKEN_MANAGER_STOPPED' });
    expect(oauth.tokenRequests).toHaveLength(asked);
  });
});
