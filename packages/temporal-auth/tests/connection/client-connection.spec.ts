import { type InterceptingListener, Metadata, status } from '@grpc/grpc-js';
import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { directNetwork } from '../support/direct-network.ts';
import { isAuthInterceptor } from '../../src/connection/auth-interceptor.ts';
import { type ConnectOptions, connectClient } from '../../src/connection/client-connection.ts';
import { ConnectivityError } from '../../src/errors/temporal-auth-error.ts';
import { fakeClientConnection, grpcError } from '../support/fake-client-connection.ts';
import { TokenReplacement } from '../../src/tokens/token-replacement.ts';
import { FakeTokens } from '../support/fake-connection.ts';
import { keepCertificates } from '../support/kept-certificates.ts';
import { isSettled, rejection } from '../support/scene.ts';

const address = 'temporal:7233';

/** A connection of which each call is answered as the test says, and how it is opened. */
function createScene() {
  const { calls, answers, connection, lazy } = fakeClientConnection();
  const [clock, ending] = [new FakeClock(), new AbortController()];
  const tokens = new TokenReplacement(new FakeTokens(), clock);
  const options: ConnectOptions = {
    settings: { address, tls: true, network: directNetwork },
    ...{ tokens, namespace: 'ours', timeoutMs: 1_000, clock, signal: ending.signal },
    onGreeted: () => calls.push('greeted'),
  };
  return { calls, answers, connection, lazy, clock, ending, options };
}

describe('connectClient', () => {
  it('gives a connection once Temporal has answered, and has described the namespace', async () => {
    const { calls, connection, lazy, options } = createScene();
    const metadata = { 'x-tenant': 'a' };
    const settings = {
      ...options.settings,
      metadata,
      connection: { channelArgs: { 'grpc.keepalive_time_ms': 1 } },
    };
    expect(await connectClient({ ...options, settings })).toBe(connection);
    expect(calls).toEqual(['getSystemInfo', 'greeted', 'ours']);
    const [given] = lazy.mock.calls[0] ?? [];
    expect(given).toMatchObject({ address, metadata, connectTimeout: 1_000 });
    expect(given?.tls).toBe(true);
    expect(given?.channelArgs).toMatchObject({ 'grpc.keepalive_time_ms': 1 });
    // Each attempt of Temporal's retries gets its token.
    expect(given?.interceptors?.map(isAuthInterceptor)).toEqual([false, true]);
  });

  it('sends no token where authentication is off', async () => {
    const { lazy, options } = createScene();
    await connectClient({ ...options, tokens: undefined });
    expect(lazy.mock.calls[0]?.[0]?.interceptors?.map(isAuthInterceptor)).toEqual([false]);
  });

  it('presents the certificate that rotates', async () => {
    await using kept = await keepCertificates();
    const newest = await kept.issue();
    const { lazy, options } = createScene();
    const { certificates } = kept;
    await connectClient({ ...options, settings: { ...options.settings, tls: false, certificates } });
    expect(lazy.mock.calls[0]?.[0]?.tls).toEqual(certificates.tls(newest));
  });

  it('takes a server for one that has no system information', async () => {
    const { answers, calls, options } = createScene();
    answers.getSystemInfo = Promise.reject(grpcError(12));
    await connectClient(options);
    expect(calls).toContain('greeted');
  });

  it.each(['getSystemInfo', 'describeNamespace'] as const)(
    'throws what Temporal says to %s, and leaves nothing open',
    async (method) => {
      const { answers, calls, options } = createScene();
      const error = grpcError(7);
      answers[method] = Promise.reject(error);
      expect(await rejection(connectClient(options))).toBe(error);
      expect(calls.includes('greeted')).toBe(method === 'describeNamespace');
      expect(calls.at(-1)).toBe('closed');
    },
  );

  it('has no call repeated until it is open, and then as Temporal does', async () => {
    const { answers, lazy, options } = createScene();
    const opening = Promise.withResolvers<object>();
    answers.describeNamespace = opening.promise;
    const connecting = connectClient(options);
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
    const { answers, calls, clock, options } = createScene();
    answers.getSystemInfo = new Promise(() => undefined);
    const proxy = { address: 'proxy:3128', host: 'proxy', port: 3_128 };
    const network = { ...directNetwork, proxyFor: () => proxy };
    const connecting = connectClient({ ...options, settings: { ...options.settings, network } });
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

  it('gives up when its caller leaves', async () => {
    const { answers, ending, calls, options } = createScene();
    answers.getSystemInfo = new Promise(() => undefined);
    const failed = rejection(connectClient(options));
    const gone = new Error('gone');
    ending.abort(gone);
    expect(await failed).toBe(gone);
    expect(calls.at(-1)).toBe('closed');
  });
});
