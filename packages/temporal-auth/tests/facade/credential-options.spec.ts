import { FakeClock, MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AnyAuthOptions, AtlanAuthClientOptions } from '../../src/settings/auth-options.ts';
import { ConnectivityError } from '../../src/errors/temporal-auth-error.ts';
import { AtlanAuthClient } from '../../src/facade/atlan-auth-client.ts';
import { isSettled, rejection } from '../support/scene.ts';

let oauth: MockOAuthServer;
let log: RecordingLogger;
let clients: AtlanAuthClient[];

beforeEach(async () => {
  oauth = await MockOAuthServer.start({
    signingAlg: 'ES256',
    acceptAssertion: (assertion) => assertion === 'a.b.c',
  });
  log = new RecordingLogger();
  clients = [];
});
afterEach(async () => {
  for (const client of clients) await client.stop();
  await oauth.stop();
});

function createClient({ env = {}, ...options }: AnyAuthOptions): AtlanAuthClient {
  const client = new AtlanAuthClient({
    applicationName: 'postgres-extraction',
    env: { WORKER_AUTH_ENABLED: 'true', WORKER_AUTH_TOKEN_URL: oauth.tokenUrl, ...env },
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

describe('the credentials of an AtlanAuthClient', () => {
  it('come out typed when their source fails with a plain error, and without what that may hold', async () => {
    const failing = { ...source, get: () => Promise.reject(new Error('vault sealed')) };
    const error = await rejection(createClient({ credentials: failing }).getAccessToken());
    expect(error).toBeInstanceOf(ConnectivityError);
    expect(error).toMatchObject({ code: 'TEMPORAL_AUTH_CREDENTIAL_SOURCE_FAILED', retryable: true });
    expect((error as Error).cause).toBeUndefined();
  });

  it('come out with the kind that their source says', async () => {
    const details = { kind: 'authentication', code: 'VAULT_DENIED', retryable: false };
    const failing = {
      ...source,
      get: () => Promise.reject(Object.assign(new Error('denied by policy'), details)),
    };
    const error = await rejection(createClient({ credentials: failing }).getAccessToken());
    expect(error).toMatchObject({ ...details, message: 'denied by policy' });
  });
});

describe('the token endpoint of an AtlanAuthClient', () => {
  it('is what the credentials say, and follows them', async () => {
    await using moved = await MockOAuthServer.start({ signingAlg: 'ES256' });
    let tokenUrl = oauth.tokenUrl;
    const get = async () => ({ ...(await source.get()), tokenUrl });
    const client = createClient({ env: { WORKER_AUTH_TOKEN_URL: '' }, credentials: { ...source, get } });
    expect(await client.getAccessToken()).toBe(oauth.issuedTokens[0]);
    tokenUrl = moved.tokenUrl;
    expect(await client.refreshToken()).toBe(moved.issuedTokens[0]);
  });

  it('is the one of the environment when the credentials say another', async () => {
    const get = async () => ({ ...(await source.get()), tokenUrl: 'https://elsewhere.invalid/token' });
    const client = createClient({ credentials: { ...source, get } });
    expect(await client.getAccessToken()).toBe(oauth.issuedTokens[0]);
  });

  it('is a configuration error when nobody names it, and says what to set', async () => {
    const client = createClient({ env: { WORKER_AUTH_TOKEN_URL: '' }, credentials: source });
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
      const client = createClient({ credentials: source });
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
    const client = createClient({ credentials: source });
    const starting = client.start();
    await client.stop();
    await starting;
    const asked = oauth.tokenRequests.length;
    await expect(client.getAccessToken()).rejects.toMatchObject({ kind: 'stopped' });
    await expect(client.start()).rejects.toMatchObject({ kind: 'stopped', code: 'TOKEN_MANAGER_STOPPED' });
    expect(oauth.tokenRequests).toHaveLength(asked);
  });
});

describe('while the store is down', () => {
  it('is asked once, not once a call', async () => {
    let reads = 0;
    const failing = {
      ...source,
      get: () => {
        reads++;
        return Promise.reject(new Error('vault sealed'));
      },
    };
    const clock = new FakeClock({ wallMs: Date.now() });
    const client = createClient({ credentials: failing, clock });
    for (let call = 0; call < 20; call++) await client.getAccessToken().catch(() => undefined);
    expect(reads).toBe(1);
  });
});
