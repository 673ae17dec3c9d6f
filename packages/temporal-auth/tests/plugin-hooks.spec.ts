import { credentials } from '@grpc/grpc-js';
import { Connection, type ConnectionOptions } from '@temporalio/client';
import { describe, expect, it, vi } from 'vitest';
import { isAuthInterceptor } from '../src/connection/auth-interceptor.ts';
import { ConnectionFactory } from '../src/connection/connection-factory.ts';
import { ConfigurationError, ConnectivityError } from '@worker-auth/calls/errors/temporal-auth-error';
import { FakeClock, MockOAuthServer } from '@worker-auth/testing-fakes';
import { temporalAuth } from '../src/plugin.ts';
import { pluginOptions } from '@worker-auth/calls/tests/auth-options';
import { FakeConnection, native } from './support/fake-connection.ts';
import { fetchTokens } from '@worker-auth/calls/tests/fetched-tokens';
import { keepCertificates } from '@worker-auth/calls/tests/kept-certificates';
import { openPlugin } from './support/open-plugin.ts';

const unencrypted = 'The access token goes to Temporal unencrypted';

/** Without tokens, of files with a certificate. */
async function openRotating(hasTokens = false) {
  const kept = await keepCertificates();
  await kept.folder.issue();
  const clock = new FakeClock({ wallMs: Date.now() });
  const scene = openPlugin({
    tls: kept.folder.files,
    clock,
    random: () => 0,
    ...(!hasTokens && { tokens: undefined }),
  });
  return {
    ...{ ...scene, clock, kept },
    [Symbol.asyncDispose]: async () => {
      await scene[Symbol.asyncDispose]();
      await kept[Symbol.asyncDispose]();
    },
  };
}

function authInterceptors({ interceptors = [] }: ConnectionOptions): number {
  return interceptors.filter(isAuthInterceptor).length;
}

describe('a client connection with the plugin', () => {
  it('has the log warn of plaintext, with the address of Temporal and not that of a proxy', async () => {
    await using scene = openPlugin({ proxy: 'http://proxy:3128', tls: false });
    const configured = scene.auth.configureConnection({ address: 'temporal:7233' });
    expect(configured.address).toBe('proxy:3128');
    expect(scene.log.entries).toMatchObject([
      {
        level: 'WARN',
        message: expect.stringContaining(unencrypted) as string,
        meta: { address: 'temporal:7233' },
      },
    ]);
  });

  it('presents the certificate of the files, with a token or without', async () => {
    for (const hasTokens of [true, false]) {
      await using scene = await openRotating(hasTokens);
      expect(() => scene.auth.configureConnection({})).toThrow(ConfigurationError);
      await scene.auth.ready();
      const configured = scene.auth.configureConnection({ address: 'temporal:7233' });
      expect(configured.tls).toHaveProperty('clientCertPair');
      expect(configured.channelArgs).toHaveProperty('channelFactoryOverride');
      // By the network's way: grpc-js would look for a proxy of its own.
      expect(configured.channelArgs).toHaveProperty(['grpc.enable_http_proxy'], 0);
      expect(authInterceptors(configured)).toBe(hasTokens ? 1 : 0);
      expect(scene.log.messages('WARN')).toEqual([]);
      const ownOptions = { address: 'temporal:7233', tls: true } as const;
      if (!hasTokens) expect(scene.auth.configureConnection(ownOptions)).toBe(ownOptions);
    }
  });
});

describe('a native connection with the plugin', () => {
  it('is opened with the newest token, and the log warns of plaintext', async () => {
    await using scene = openPlugin({ tls: false });
    expect(scene.auth.configureNativeConnection({ address: 'temporal:7233' })).toMatchObject({
      ...{ address: 'temporal:7233', apiKey: 'first', tls: false },
    });
    expect(scene.log.matching(unencrypted)).toMatchObject([{ meta: { address: 'temporal:7233' } }]);
  });

  it('presents the certificate of the files, and can be opened again with the next', async () => {
    for (const hasTokens of [true, false]) {
      await using scene = await openRotating(hasTokens);
      expect(() => scene.auth.configureNativeConnection({})).toThrow(ConfigurationError);
      await scene.auth.ready();
      const given = { address: 'temporal:7233', identity: 'a worker' };
      const configured = scene.auth.configureNativeConnection(given);
      expect(configured.tls).toHaveProperty('clientCertPair');
      expect(configured.apiKey).toBe(hasTokens ? 'first' : undefined);
      expect(scene.log.messages('WARN')).toEqual([]);
      const opened = ConnectionFactory.of({ plugins: configured.plugins ?? [] });
      await opened?.open();
      expect(scene.openedWith).toMatchObject([
        { ...given, tls: configured.tls, ...(hasTokens && { apiKey: 'first' }) },
      ]);
      expect(ConnectionFactory.of({ plugins: scene.openedWith[0]?.plugins ?? [] })).toBeDefined();
      const ownOptions = { address: 'temporal:7233', tls: true } as const;
      if (!hasTokens) expect(scene.auth.configureNativeConnection(ownOptions)).toBe(ownOptions);
    }
  });

  it('is opened again as it was opened, whatever became of its options', async () => {
    await using scene = await openRotating(true);
    await scene.auth.ready();
    const proxy = { type: 'http-connect' as const, targetHost: 'proxy:1' };
    const given = { address: 'temporal:7233', metadata: { team: 'a' }, proxy };
    const { plugins = [] } = scene.auth.configureNativeConnection(given);
    given.metadata.team = 'b';
    proxy.targetHost = 'proxy:2';
    await ConnectionFactory.of({ plugins })?.open();
    const asOpened = { metadata: { team: 'a' }, proxy: { ...proxy, targetHost: 'proxy:1' } };
    expect(scene.openedWith).toMatchObject([asOpened]);
  });
});

describe("what a user's connection does not say", () => {
  const said = {
    ...{ ATLAN_WORKFLOW_HOST: 'temporal', ATLAN_WORKFLOW_PORT: '1', ATLAN_WORKFLOW_NAMESPACE: 'ours' },
    ...{ TEMPORAL_TLS: 'true', TEMPORAL_GRPC_META_X_TENANT: 'a' },
  };
  /** `connect()` of a project that reads Temporal's own variables, where none is set. */
  const silent: object = { address: undefined, tls: undefined, metadata: undefined };

  it('comes from the settings, with a token or without', async () => {
    for (const more of [{}, { tokens: undefined }]) {
      await using scene = openPlugin({ host: undefined, env: said, profile: true, ...more });
      const expected = { address: 'temporal:1', tls: {}, metadata: { 'x-tenant': 'a' } };
      const { auth } = scene;
      expect(auth.configureConnection(silent)).toMatchObject(expected);
      const native = auth.configureNativeConnection(silent);
      expect(native).toMatchObject(expected);
      expect(auth.configureConnection(auth.configureConnection(silent))).toMatchObject(expected);
      const connection = Connection.lazy({ plugins: [auth] });
      expect(auth.configureClient({ connection })).toMatchObject({ namespace: 'ours' });
    }
  });

  it('is what it says itself, key by key', async () => {
    await using scene = openPlugin({ host: undefined, env: said, profile: true });
    const given = { address: 'other:2', tls: false, metadata: { 'X-Tenant': 'b', 'x-team': 'c' } } as const;
    const hooks = ['configureConnection', 'configureNativeConnection'] as const;
    for (const hook of hooks) {
      const configured = scene.auth[hook](given);
      expect(configured).toMatchObject(given);
      expect(configured.metadata).toEqual(given.metadata);
    }
    const secured = { credentials: credentials.createInsecure() };
    expect(scene.auth.configureConnection(secured).tls).toBe(false);
    const ownOptions = { connection: Connection.lazy(), namespace: 'theirs' };
    expect(scene.auth.configureClient(ownOptions)).toBe(ownOptions);
  });

  it("comes from Temporal's own variables as well", async () => {
    const env = { TEMPORAL_ADDRESS: 'theirs:1', TEMPORAL_NAMESPACE: 'theirs' };
    await using scene = openPlugin({ host: undefined, env });
    expect(scene.auth.configureNativeConnection(silent)).toMatchObject({ address: 'theirs:1' });
    const { namespace } = await scene.auth.configureWorker({
      ...{ taskQueue: 'extraction', connection: native(new FakeConnection()) },
    });
    expect(namespace).toBe('theirs');
  });
});

describe('a client with the plugin', () => {
  it('gets a connection of its own, with the namespace and metadata of the settings', async () => {
    const env = { TEMPORAL_GRPC_META_X_TENANT: 'a' };
    await using scene = openPlugin({ env, profile: true, namespace: 'ours', port: 1 });
    const configured = scene.auth.configureClient({ identity: 'me' });
    expect(configured).toMatchObject({ identity: 'me', namespace: 'ours' });
    expect(scene.auth.configureClient({ namespace: 'theirs' }).namespace).toBe('theirs');
    const { options } = configured.connection as Connection;
    expect(options).toMatchObject({ address: 'temporal:1', metadata: { 'x-tenant': 'a' } });
    expect(authInterceptors(options)).toBe(1);
  });

  it('gets one with the certificate of the files, which alone may say who it is', async () => {
    await using scene = await openRotating();
    await scene.auth.ready();
    const lazy = vi.spyOn(Connection, 'lazy');
    scene.auth.configureClient({});
    expect(lazy.mock.calls[0]?.[0]?.tls).toHaveProperty('clientCertPair');
    const connection = Connection.lazy();
    const setApiKey = vi.spyOn(connection, 'setApiKey');
    scene.auth.configureClient({ connection });
    expect(setApiKey).not.toHaveBeenCalled();
  });

  it('has it once on a connection that has the plugin already', async () => {
    await using scene = openPlugin();
    const connection = scene.auth.configureClient({}).connection as Connection;
    const setApiKey = vi.spyOn(connection, 'setApiKey');
    scene.auth.configureClient({ connection });
    expect(setApiKey).not.toHaveBeenCalled();
  });

  it('over a native connection has that told of each token', async () => {
    await using scene = openPlugin();
    const connection = new FakeConnection();
    scene.auth.configureClient({ connection: native(connection) });
    scene.tokens.refresh('second');
    await expect.poll(() => connection.told).toEqual(['first', 'second']);
  });

  it('over another implementation of a connection is left to that', async () => {
    await using scene = openPlugin();
    scene.tokens.peek = () => undefined as never;
    const options = { connection: { plugins: [] } as unknown as Connection };
    expect(scene.auth.configureClient(options)).toBe(options);
  });
});

describe('a plugin', () => {
  it('has every hook leave all as it is where nothing is to be presented', async () => {
    await using scene = openPlugin({ tokens: undefined });
    const { auth } = scene;
    await auth.ready();
    const [options, worker] = [{ address: 'temporal:7233' }, { taskQueue: 'extraction' }];
    expect(auth.configureConnection(options)).toBe(options);
    expect(auth.configureNativeConnection(options)).toBe(options);
    // Where Temporal is comes from the settings all the same.
    const ownConnection = auth.configureClient({}).connection as Connection;
    expect(ownConnection.options).toMatchObject({ address: 'temporal:7233' });
    expect(authInterceptors(ownConnection.options)).toBe(0);
    expect(await auth.configureWorker(worker)).toMatchObject({ ...worker, connection: scene.opened[0] });
    expect(scene.openedWith).toMatchObject([{ address: 'temporal:7233' }]);
    expect(scene.log.entries).toEqual([]);
  });

  it('is loaded once it is ready, and closed for good', async () => {
    await using scene = openPlugin();
    const { auth } = scene;
    expect(auth.health()).toMatchObject({ state: 'new', auth: { state: 'valid' } });
    await auth.ready();
    expect(auth.health().state).toBe('loaded');
    const closing = auth.close();
    expect(auth.health().state).toBe('closing');
    await closing;
    expect(auth.health().state).toBe('closed');
    await expect(auth.ready()).rejects.toMatchObject({ code: 'TEMPORAL_AUTH_CLOSED' });
    expect(auth.health().state).toBe('closed');
  });

  it('is ready with a token, within the time of its caller', async () => {
    await using scene = openPlugin();
    const gone = new Error('gone');
    scene.tokens.getToken = (async ({ signal }: { signal?: AbortSignal }) => {
      signal?.throwIfAborted();
      return Promise.resolve('first');
    }) as never;
    await expect(scene.auth.ready({ signal: AbortSignal.abort(gone) })).rejects.toBe(gone);
    expect(scene.auth.health().state).toBe('new');
    await expect(scene.auth.ready()).resolves.toBeUndefined();
  });

  it('is ready once its tokens can be had, and gives up after bootTimeoutMs', async () => {
    for (const [bootTimeoutMs, requests] of [
      [undefined, 3],
      [0, 1],
    ] as const) {
      await using scene = openPlugin({ bootTimeoutMs });
      const down = new ConnectivityError('Not there.', { code: 'DOWN', retryable: true });
      const getToken = vi.fn(() => Promise.resolve('first'));
      scene.tokens.getToken = getToken.mockRejectedValueOnce(down).mockRejectedValueOnce(down);
      const ready = scene.auth.ready().catch((error: unknown) => error);
      await scene.clock.advance(1_000);
      expect(await ready).toBe(bootTimeoutMs === 0 ? down : undefined);
      expect(getToken).toHaveBeenCalledTimes(requests);
    }
  });

  it.each([25_000, 55_000])('is ready where each token takes %i ms', async (latencyMs) => {
    const { clock, options } = fetchTokens();
    const { fetch: answer, credentials, env, logger, random } = options;
    let requests = 0;
    const fetch = async () => {
      requests++;
      await new Promise<void>((resolve) => clock.startTimer(resolve, latencyMs));
      return (await answer?.('', {})) ?? Response.error();
    };
    await using auth = temporalAuth({ credentials, env, logger, random, clock, fetch });
    const ready = auth.ready();
    await expect.poll(() => requests).toBe(1);
    for (let second = 0; second < 119; second++) await clock.advance(1_000);
    await ready;
    expect(requests).toBe(latencyMs === 25_000 ? 2 : 3);
  });

  it('keeps the certificate from when it is ready, and reads no more after the end', async () => {
    await using scene = await openRotating();
    const { auth, clock } = scene;
    expect(auth.health().certificate).toBeUndefined();
    await auth.ready();
    expect(auth.health().certificate?.expiresInMs).toBeGreaterThan(0);
    expect(clock.pendingTimers).toBeGreaterThan(0);
    await auth.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('keeps its token fresh from when it is ready, and no more after the end', async () => {
    await using oauth = await MockOAuthServer.start({ lifetimeSeconds: 3_600 });
    await using scene = openPlugin({ ...pluginOptions(oauth), tokens: undefined });
    const { auth, clock } = scene;
    expect(auth.health().auth.state).toBe('missing');
    await auth.ready();
    expect(auth.health().auth.state).toBe('valid');
    expect(auth.health().auth.refreshInMs).toBeGreaterThan(0);
    await auth[Symbol.asyncDispose]();
    expect([auth.health().state, clock.pendingTimers]).toEqual(['closed', 0]);
  });
});
