import { type InterceptingListener, Metadata, status } from '@grpc/grpc-js';
import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { isAuthInterceptor } from '../../src/connection/auth-interceptor.ts';
import { Connector } from '../../src/connection/connector.ts';
import { type Presentation, presentation } from '../../src/connection/presentation.ts';
import { ConnectivityError } from '../../src/errors/temporal-auth-error.ts';
import { readSettings } from '../../src/settings/settings.ts';
import type { TemporalAuthOptions } from '../../src/settings/temporal-options.ts';
import { ForeignTokens } from '../../src/tokens/foreign-tokens.ts';
import { TokenReplacement } from '../../src/tokens/token-replacement.ts';
import { fakeClientConnection, grpcError } from '../support/fake-client-connection.ts';
import { FakeTokens } from '../support/fake-connection.ts';
import { keepCertificates } from '../support/kept-certificates.ts';
import { isSettled, rejection } from '../support/scene.ts';

const address = 'temporal:7233';

/** A connection of which each call is answered as the test says, and how it is opened. */
function createScene(options: TemporalAuthOptions = {}) {
  const { calls, answers, connection, lazy } = fakeClientConnection();
  const [clock, ending] = [new FakeClock(), new AbortController()];
  const connect = (presented: Partial<Presentation> = {}) => {
    const given = {
      ...{ env: {}, host: 'temporal', namespace: 'ours', tls: true, connectTimeoutMs: 1_000 },
      ...{ token: { clock }, ...options },
    };
    const tokens = new ForeignTokens(new FakeTokens());
    const whole = { ...presentation(readSettings(given), tokens), ...presented };
    const replacement = whole.tokens && new TokenReplacement(whole.tokens, clock);
    return new Connector(whole, replacement).connect(ending.signal, () => calls.push('greeted'));
  };
  return { calls, answers, connection, lazy, clock, ending, connect };
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

  it('presents the certificate that rotates', async () => {
    await using kept = await keepCertificates();
    const newest = await kept.issue();
    const { lazy, connect } = createScene();
    const { certificates } = kept;
    await connect({ certificates });
    expect(lazy.mock.calls[0]?.[0]?.tls).toEqual(certificates.tls(newest));
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

  it('gives up when its caller leaves', async () => {
    const { answers, ending, calls, connect } = createScene();
    answers.getSystemInfo = new Promise(() => undefined);
    const failed = rejection(connect());
    const gone = new Error('gone');
    ending.abort(gone);
    expect(await failed).toBe(gone);
    expect(calls.at(-1)).toBe('closed');
  });
});
