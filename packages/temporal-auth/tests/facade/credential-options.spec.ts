import { FakeClock, FakeDaprSidecar, MockOAuthServer, RecordingLogger } from '@worker-auth/testing-fakes';
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
  it('are rejected at once from what is no source, such as the credentials themselves', () => {
    const create = () => createClient({ credentials: { clientId: 'x', clientSecret: 'hunter2' } as never });
    expect(create).toThrow(new TypeError('credentials.get must be a function; received undefined'));
  });

  it('are rejected with an id alone and nothing beside it', () => {
    expect(() => createClient({ clientId: 'worker' })).toThrow('clientSecret');
  });

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
  it('is told of, for the credentials', async () => {
    const clock = new FakeClock({ wallMs: Date.now() });
    const given = Promise.withResolvers<Awaited<ReturnType<typeof source.get>>>();
    const release = oauth.hold();
    const client = createClient({
      credentials: { ...source, get: () => given.promise },
      clock,
    });
    const asking = client.getAccessToken();
    await clock.advance(2_000);
    expect(log.text()).toContain('INFO Waiting for the credentials, for 2 s so far');
    const asked = oauth.nextRequest();
    given.resolve(await source.get());
    await asked;
    await clock.advance(9_900);
    expect(log.entries).toHaveLength(1);
    release();
    expect(await asking).toBe(oauth.issuedTokens[0]);
  });

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

describe('a Dapr sidecar', () => {
  const secrets = {
    'atlan-deployment-secrets': {
      postgres_extraction_client_id: 'worker',
      postgres_extraction_client_secret: 's3cret',
    },
  };
  const component = { name: 'deployment-secret-store', type: 'secretstores.hashicorp.vault', secrets };

  it('is told of while it is waited for, with the reason', async () => {
    const clock = new FakeClock({ wallMs: Date.now() });
    const client = createClient({
      env: { DAPR_HTTP_ENDPOINT: 'http://127.0.0.1:9' },
      clock,
    });
    const asking = rejection(client.getAccessToken());
    await expect
      .poll(async () => {
        await clock.advance(500);
        return log.text();
      })
      .toContain('INFO Waiting for the Dapr sidecar at http://127.0.0.1:9');
    let isOver = false;
    void asking.then(() => (isOver = true));
    await expect
      .poll(
        async () => {
          await clock.advance(500);
          return isOver;
        },
        { interval: 1 },
      )
      .toBe(true);
    expect(await asking).toMatchObject({ code: 'SECRET_STORE_SIDECAR_UNAVAILABLE', kind: 'connectivity' });
  });

  it('has the component at the second try', async () => {
    await using sidecar = await FakeDaprSidecar.start();
    const clock = new FakeClock({ wallMs: Date.now() });
    const client = createClient({
      env: { DAPR_HTTP_ENDPOINT: sidecar.url },
      clock,
    });
    expect(await rejection(client.getAccessToken())).toMatchObject({ kind: 'configuration' });
    sidecar.components = [component];
    await clock.advance(60_000);
    expect(await client.getAccessToken()).toBe(oauth.issuedTokens[0]);
  });
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

  it('gives who waits a StoppedError', async () => {
    oauth.hold();
    const client = createClient({ credentials: source });
    const asked = oauth.nextRequest();
    const waiting = rejection(client.getAccessToken());
    await asked;
    await client.stop();
    expect(await waiting).toMatchObject({ kind: 'stopped', retryable: false });
  });

  it('reads the store no more', async () => {
    await using sidecar = await FakeDaprSidecar.start();
    const client = createClient({ env: { DAPR_HTTP_ENDPOINT: sidecar.url } });
    await client.stop();
    await expect(client.getAccessToken()).rejects.toMatchObject({ kind: 'stopped' });
    expect(sidecar.requests).toEqual([]);
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
