import { type InterceptingListener, Metadata, status } from '@grpc/grpc-js';
import { NativeConnection } from '@temporalio/worker';
import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it, vi } from 'vitest';
import { isAuthInterceptor } from '../../src/connection/auth-interceptor.ts';
import { ConnectionFactory } from '../../src/connection/connection-factory.ts';
import { Connector } from '../../src/connection/connector.ts';
import { type Presentation, presentation } from '../../src/connection/presentation.ts';
import { ConnectivityError } from '@worker-auth/calls/errors/temporal-auth-error';
import { readPluginSettings } from '../../src/settings/plugin-settings.ts';
import type { TemporalAuthOptions } from '../../src/settings/temporal-options.ts';
import { ForeignTokens } from '@worker-auth/calls/tokens/temporal-tokens';
import { TokenReplacement } from '@worker-auth/calls/tokens/token-replacement';
import { fakeClientConnection, grpcError } from '../support/fake-client-connection.ts';
import { configured, FakeConnection, FakeTokens, native } from '../support/fake-connection.ts';
import { keepCertificates } from '@worker-auth/calls/tests/kept-certificates';
import { isSettled, rejection } from '../support/scene.ts';

const address = 'temporal:7233';

/** A connection of which each call is answered as the test says, and how it is opened. */
function createScene(options: TemporalAuthOptions = {}) {
  const { calls, answers, connection, lazy } = fakeClientConnection();
  const [clock, ending] = [new FakeClock(), new AbortController()];
  const connectorOf = (presented: Partial<Presentation> = {}, ...accepted: readonly string[]) => {
    const given = {
      ...{ env: {}, host: 'temporal', namespace: 'ours', tls: true, connectTimeoutMs: 1_000 },
      ...{ clock, ...options },
    };
    const tokens = new ForeignTokens(new FakeTokens());
    const whole = { ...presentation(readPluginSettings(given), tokens), ...presented };
    const replacement = whole.tokens && new TokenReplacement(whole.tokens, clock);
    const scope = replacement?.connection().scope('ours', 'start');
    for (const token of accepted) scope?.accepted(token, 0, 0);
    return new Connector(whole, replacement);
  };
  const connect = (presented?: Partial<Presentation>) =>
    connectorOf(presented).connect(ending.signal, () => calls.push('greeted'));
  return { calls, answers, connection, lazy, clock, ending, connect, connectorOf };
}

describe('a client connection', () => {
  it('is given once Temporal has answered, and has described the namespace', async () => {
    const metadata = { 'x-tenant': 'a' };
    const channelArgs = { 'grpc.keepalive_time_ms': 1 };
    const { calls, connection, lazy, connect } = createScene({ metadata, connection: { channelArgs } });
    expect(await connect()).toBe(connection);
    expect(calls).toEqual(['getSystemInfo', 'greeted', 'ours']);
    const [given] = lazy.mock.calls[0] ?? [];
    expect(given).toMatchObject({ address, metadata, connectTimeout: 1_000, channelArgs });
    expect(given?.tls).toBe(true);
    // Each attempt of Temporal's retries gets its token.
    expect(given?.interceptors?.map(isAuthInterceptor)).toEqual([false, true]);
  });

  it('sends no token where authentication is off', async () => {
    const { lazy, connect } = createScene();
    await connect({ tokens: undefined });
    expect(lazy.mock.calls[0]?.[0]?.interceptors?.map(isAuthInterceptor)).toEqual([false]);
  });

  it('takes a server for one that has no system information', async () => {
    const { answers, calls, connect } = createScene();
    answers.getSystemInfo = Promise.reject(grpcError(12));
    await connect();
    expect(calls).toContain('greeted');
  });

  it.each(['getSystemInfo', 'describeNamespace'] as const)(
    'throws what Temporal says to %s, and leaves nothing open',
    async (method) => {
      const { answers, calls, connect } = createScene();
      const error = grpcError(7);
      answers[method] = Promise.reject(error);
      expect(await rejection(connect())).toBe(error);
      expect(calls.includes('greeted')).toBe(method === 'describeNamespace');
      expect(calls.at(-1)).toBe('closed');
    },
  );

  it('has no call repeated until it is open, and then as Temporal does', async () => {
    const { answers, lazy, connect } = createScene();
    const opening = Promise.withResolvers<object>();
    answers.describeNamespace = opening.promise;
    const connecting = connect();
    let attempts = 0;
    const failing = {
      start: (_metadata: Metadata, listener: Partial<InterceptingListener>) => {
        const code = ++attempts < 3 ? status.UNAVAILABLE : status.OK;
        listener.onReceiveMessage?.(null);
        listener.onReceiveStatus?.({ code, details: 'away', metadata: new Metadata() });
      },
      sendMessage: () => undefined,
      halfClose: () => undefined,
    };
    /** A call whose first attempt fails. */
    const call = (): unknown => {
      const [retry] = lazy.mock.lastCall?.[0]?.interceptors ?? [];
      return retry?.({} as never, () => failing as never).start(new Metadata());
    };
    call();
    opening.resolve({});
    await connecting;
    expect(attempts).toBe(1);
    call();
    await expect.poll(() => attempts).toBe(3);
  });

  it('gives up at the deadline, and says where there was no answer', async () => {
    const { answers, calls, clock, connect } = createScene({ proxy: 'http://proxy:3128' });
    answers.getSystemInfo = new Promise(() => undefined);
    const connecting = connect();
    const failed = rejection(connecting);
    await clock.advance(999);
    expect(await isSettled(connecting)).toBe(false);
    await clock.advance(1);
    const error = await failed;
    expect(error).toBeInstanceOf(ConnectivityError);
    for (const part of [address, 'proxy:3128', 'within 1000 ms', 'namespace "ours"']) {
      expect(String(error)).toContain(part);
    }
    expect(calls.at(-1)).toBe('closed');
  });
});

describe('the error of an opening', () => {
  it.each([
    ['getSystemInfo', [], 'CALL_REJECTED', 'Temporal has not accepted it yet'],
    ['getSystemInfo', ['first'], 'CALL_REJECTED', 'Temporal has accepted it before'],
    ['describeNamespace', [], 'PERMISSION_MISSING', 'rejects the call for namespace "ours"'],
  ] as const)('says what Temporal rejects: %s, with %s accepted', async (method, accepted, code, text) => {
    const { answers, ending, connectorOf } = createScene();
    answers[method] = Promise.reject(grpcError(7, 'no to first'));
    const error = await rejection(connectorOf({}, ...accepted).openClient(ending.signal));
    expect(error).toMatchObject({ name: 'AuthenticationError', code: `TEMPORAL_AUTH_${code}` });
    expect(String(error)).toContain(text);
    expect(String(error)).not.toContain('no to first');
  });
});

describe('a native connection', () => {
  /** What `connect` gives, after it was asked with these options. */
  function fakeNative(): { readonly opened: FakeConnection[]; rejection?: Error } {
    const scene: ReturnType<typeof fakeNative> = { opened: [] };
    vi.spyOn(NativeConnection, 'connect').mockImplementation((given) => {
      const connection = new FakeConnection(configured(given).plugins);
      if (scene.rejection !== undefined) connection.rejection = scene.rejection;
      scene.opened.push(connection);
      return Promise.resolve(native(connection));
    });
    return scene;
  }

  it.each([
    [7, 'TEMPORAL_AUTH_PERMISSION_MISSING'],
    [14, undefined],
  ])('is closed where its token may not write, and open after any other answer: %d', async (status, code) => {
    const { ending, connectorOf } = createScene();
    const scene = fakeNative();
    scene.rejection = grpcError(status);
    const opening = connectorOf().openNative(ending.signal, 'theirs');
    const error = (await opening.catch((reason: unknown) => reason)) as Error;
    if (code !== undefined) {
      expect(error).toMatchObject({ code });
      expect(error.message).toContain('namespace "theirs"');
    }
    expect(scene.opened).toMatchObject([{ probes: ['theirs'], isClosed: code !== undefined }]);
    expect(scene.opened[0]?.plugins).toHaveLength(2);
  });

  it('has its rejected token replaced for the next attempt, where Temporal has accepted that before', async () => {
    const { ending, connectorOf } = createScene();
    const scene = fakeNative();
    scene.rejection = grpcError(7);
    const tokens = new FakeTokens();
    const getToken = vi.spyOn(tokens, 'getToken').mockRejectedValue(new Error('down'));
    const connector = connectorOf({ tokens: new ForeignTokens(tokens) }, 'first');
    await rejection(connector.openNative(ending.signal, 'ours'));
    expect(getToken.mock.calls).toEqual([[{ rejectedToken: 'first', rejectedAs: 'new' }]]);
  });

  it('is opened with the token that was accepted before, once its newest one was rejected in this namespace', async () => {
    const { ending, connectorOf } = createScene();
    const scene = fakeNative();
    scene.rejection = grpcError(7);
    const tokens = new FakeTokens();
    const foreign = new ForeignTokens(tokens);
    for (const token of ['earlier', 'first']) {
      tokens.current = token;
      foreign.peek();
    }
    vi.spyOn(tokens, 'getToken').mockRejectedValue(new Error('down'));
    const connector = connectorOf({ tokens: foreign }, 'earlier', 'first');
    for (const namespace of ['theirs', 'theirs', 'ours'])
      await rejection(connector.openNative(ending.signal, namespace));
    const presented = scene.opened.map((one) => ConnectionFactory.of(native(one))?.presented.token);
    expect(presented).toEqual(['first', 'earlier', 'first']);
  });

  it('with a certificate alone keeps the authorization that it was given; with a token that is an error', async () => {
    await using kept = await keepCertificates();
    const { cert } = await kept.issue();
    const { connectorOf } = createScene();
    const given = { address, metadata: { authorization: 'Bearer own' } };
    const { certificates } = kept;
    const alone = connectorOf({ tokens: undefined, certificates }).configureNativeConnection(given);
    expect(alone).toMatchObject({ ...given, tls: { clientCertPair: { crt: Buffer.from(cert) } } });
    expect(alone).not.toHaveProperty('apiKey');
    const withToken = connectorOf({ certificates });
    expect(() => withToken.configureNativeConnection(given)).toThrow(TypeError);
    const both = withToken.configureNativeConnection({ address, tls: true });
    expect(both).toMatchObject({ tls: true, apiKey: 'first', metadata: {} });
    expect(both.metadata).toEqual({});
    expect(ConnectionFactory.of({ plugins: both.plugins ?? [] })?.presented).toEqual({ token: 'first' });
    // The plugin may be among those of the connection and of the worker.
    expect(connectorOf().configureNativeConnection(both).plugins).toEqual(both.plugins);
    expect(both.plugins).toHaveLength(1);
  });
});
