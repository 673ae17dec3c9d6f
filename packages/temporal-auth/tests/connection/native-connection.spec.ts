import { NativeConnection } from '@temporalio/worker';
import { FakeClock } from '@worker-auth/testing-fakes';
import { describe, expect, it, vi } from 'vitest';
import { directNetwork, type Network } from '../../src/configuration/network.ts';
import { connectNative, type ConnectNativeOptions, pushTo } from '../../src/connection/native-connection.ts';
import { ConnectivityError } from '../../src/errors/temporal-auth-error.ts';
import { FakeConnection, FakeTokens, native } from '../support/fake-guarded.ts';
import { keepCertificates } from '../support/kept-certificates.ts';
import { isSettled, rejection } from '../support/scene.ts';

const address = 'temporal:7233';
const proxyFor: Network['proxyFor'] = () => ({
  ...{ address: 'proxy:3128', host: 'proxy', port: 3_128 },
});

/** How a connection is opened; the test says what comes of it. */
function createScene() {
  const opening = Promise.withResolvers<NativeConnection>();
  const connect = vi.spyOn(NativeConnection, 'connect').mockReturnValue(opening.promise);
  const [clock, tokens, ending] = [new FakeClock(), new FakeTokens(), new AbortController()];
  const failures: unknown[] = [];
  const options: ConnectNativeOptions = {
    settings: { address, tls: true, network: directNetwork },
    ...{ tokens, namespace: 'ours', timeoutMs: 1_000, clock, signal: ending.signal },
    onPushFailed: (error) => failures.push(error),
  };
  const connection = new FakeConnection();
  return { opening, connect, clock, tokens, ending, failures, options, connection };
}

describe('connectNative', () => {
  it('opens a connection with the newest token, and what the settings say', async () => {
    const { opening, connect, connection, options } = createScene();
    opening.resolve(native(connection));
    const metadata = { 'x-tenant': 'a' };
    const settings = {
      ...options.settings,
      metadata,
      nativeConnection: { disableErrorCodeMetricTags: true },
    };
    expect(await connectNative({ ...options, settings })).toEqual({
      ...{ connection, held: 'first', fingerprint: undefined },
    });
    expect(connect.mock.calls).toEqual([
      [{ address, tls: true, metadata, disableErrorCodeMetricTags: true, apiKey: 'first' }],
    ]);
  });

  it('opens one without a token where authentication is off', async () => {
    const { opening, connect, connection, options } = createScene();
    opening.resolve(native(connection));
    const opened = await connectNative({ ...options, tokens: undefined });
    expect(opened).toEqual({ connection, held: undefined, fingerprint: undefined });
    expect(connect.mock.calls).toEqual([[{ address, tls: true, metadata: {} }]]);
  });

  it.each([true, false])('opens one with the newest certificate (token: %s)', async (hasToken) => {
    await using kept = await keepCertificates();
    const { certificates } = kept;
    const newest = await kept.issue();
    const { opening, connect, connection, options } = createScene();
    opening.resolve(native(connection));
    const settings = { ...options.settings, tls: false, certificates };
    const tokens = hasToken ? options.tokens : undefined;
    const opened = await connectNative({ ...options, settings, tokens });
    const { fingerprint } = newest;
    expect(opened).toEqual({ connection, held: hasToken ? 'first' : fingerprint, fingerprint });
    expect(connect.mock.calls[0]?.[0]?.tls).toEqual(certificates.tls(newest));
  });

  it('opens one by the way of the network', async () => {
    const { opening, connect, connection, options } = createScene();
    opening.resolve(native(connection));
    const network = { ...directNetwork, proxyFor };
    await connectNative({ ...options, settings: { ...options.settings, network } });
    expect(connect.mock.calls[0]?.[0]?.proxy).toMatchObject({ targetHost: 'proxy:3128' });
  });

  it('waits for the token no longer than its caller', async () => {
    const { connect, tokens, options } = createScene();
    const gone = new Error('gone');
    tokens.getToken = (async ({ signal }: { readonly signal: AbortSignal }) => {
      signal.throwIfAborted();
      return Promise.resolve('first');
    }) as never;
    expect(await rejection(connectNative({ ...options, signal: AbortSignal.abort(gone) }))).toBe(gone);
    expect(connect).not.toHaveBeenCalled();
  });

  it('throws what Temporal’s SDK throws', async () => {
    const { opening, options } = createScene();
    const error = new Error('no such host');
    opening.reject(error);
    expect(await rejection(connectNative(options))).toBe(error);
  });

  it('gives up at the deadline, says where it was going, and closes what comes after all', async () => {
    const { opening, clock, connection, options } = createScene();
    const network = { ...directNetwork, proxyFor };
    const connecting = connectNative({ ...options, settings: { ...options.settings, network } });
    const failed = rejection(connecting);
    await clock.advance(999);
    expect(await isSettled(connecting)).toBe(false);
    await clock.advance(1);
    const error = await failed;
    expect(error).toBeInstanceOf(ConnectivityError);
    const message = String(error);
    for (const part of [address, 'proxy:3128', 'within 1000 ms', 'namespace "ours"']) {
      expect(message).toContain(part);
    }
    opening.resolve(native(connection));
    await clock.advance(0);
    expect(connection.isClosed).toBe(true);
  });

  it('gives up when its caller leaves, and lets what fails after that be', async () => {
    const { opening, ending, options } = createScene();
    const gone = new Error('gone');
    const failed = rejection(connectNative(options));
    await Promise.resolve();
    ending.abort(gone);
    expect(await failed).toBe(gone);
    opening.reject(new Error('too late'));
  });
});

describe('pushTo', () => {
  it('has the connection told of the newest token, and of each that comes', async () => {
    const { connection, tokens, options } = createScene();
    tokens.current = 'second';
    const pushed = await pushTo(native(connection), 'first', options);
    expect(connection.told).toEqual(['second']);
    tokens.renew('third');
    await pushed.pushed();
    expect([connection.told, pushed.held]).toEqual([['second', 'third'], 'third']);
    await pushed.detach();
  });

  it('tells of a token that is not taken', async () => {
    const { connection, tokens, failures, options } = createScene();
    const pushed = await pushTo(native(connection), 'first', options);
    connection.pushError = new Error('not this one');
    tokens.renew('second');
    await pushed.pushed();
    expect(failures).toEqual([connection.pushError]);
    await pushed.detach();
  });

  it('tells it of nothing where there are no tokens', async () => {
    const { connection, options } = createScene();
    const pushed = await pushTo(native(connection), 'of the certificate', { ...options, tokens: undefined });
    expect([pushed.held, connection.told]).toEqual(['of the certificate', []]);
    await pushed.detach();
  });
});
