import { NativeConnection } from '@temporalio/worker';
import { describe, expect, it, vi } from 'vitest';
import { attach, authenticatedNativeConnection, isPushable } from '../../src/connection/attach.ts';
import { FakeConnection, FakeTokens, native } from '../support/fake-guarded.ts';
import { rejection } from '../support/scene.ts';

const gone = new Error('gone');

/** A source that gives nothing to a caller who has left. */
function patientTokens(): FakeTokens {
  const tokens = new FakeTokens();
  tokens.getToken = async ({ signal }: { readonly signal?: AbortSignal } = {}) => {
    signal?.throwIfAborted();
    return Promise.resolve(tokens.current);
  };
  return tokens;
}

describe('attach', () => {
  it('tells the connection of the newest token, and of each that comes, until it is detached', async () => {
    const [tokens, connection] = [new FakeTokens(), new FakeConnection()];
    const attached = await attach(tokens, native(connection));
    expect(connection.told).toEqual(['first']);
    tokens.renew('second');
    await attached.pushed();
    await attached.detach();
    tokens.renew('third');
    expect(connection.told).toEqual(['first', 'second']);
    expect(connection.isClosed).toBe(false);
  });

  it('is once, however often it is asked for, and tells all who ask of a token that is not taken', async () => {
    const [tokens, connection] = [new FakeTokens(), new FakeConnection()];
    const failures: unknown[] = [];
    const onPushFailed = (error: unknown): void => void failures.push(error);
    const attached = await attach(tokens, native(connection), { onPushFailed });
    expect(await attach(tokens, native(connection), { onPushFailed })).toBe(attached);
    const silent = await attach(tokens, native(connection), {
      onPushFailed: (error) => failures.push(error),
    });
    expect(silent).toBe(attached);
    expect(connection.told).toEqual(['first']);
    const error = (connection.pushError = new Error('not this one'));
    tokens.renew('second');
    await attached.pushed();
    expect(failures).toEqual([error, error]);
    await attached.detach();
  });

  it('is refused to a second source, until the first has let go', async () => {
    const [tokens, connection] = [new FakeTokens(), native(new FakeConnection())];
    const attached = await attach(tokens, connection);
    expect(await rejection(attach(new FakeTokens(), connection))).toEqual(
      new TypeError(
        'The connection is told of the tokens of another source: detach() it from that one first',
      ),
    );
    await attached.detach();
    const another = await attach(new FakeTokens(), connection);
    expect(another).not.toBe(attached);
    await another.detach();
  });

  it('waits for the first token no longer than its caller', async () => {
    const connection = new FakeConnection();
    const attaching = attach(patientTokens(), native(connection), { signal: AbortSignal.abort(gone) });
    expect(await rejection(attaching)).toBe(gone);
    expect(connection.told).toEqual([]);
  });

  it('throws what the connection says to the first token', async () => {
    const [tokens, connection] = [new FakeTokens(), new FakeConnection()];
    connection.pushError = new Error('closed');
    expect(await rejection(attach(tokens, native(connection)))).toBe(connection.pushError);
    expect(tokens.listeners.size).toBe(0);
  });
});

describe('authenticatedNativeConnection', () => {
  /** Has the next connection opened be this one. */
  function openNext(connection = new FakeConnection()) {
    const connect = vi.spyOn(NativeConnection, 'connect').mockResolvedValue(native(connection));
    return { connection, connect };
  }

  it('is opened with the newest token and no other authorization, and told of each that comes', async () => {
    const { connection, connect } = openNext();
    const tokens = new FakeTokens();
    const metadata = { Authorization: 'Bearer other', 'x-tenant': 'a' };
    const opened = await authenticatedNativeConnection(tokens, { address: 'temporal:7233', metadata });
    expect(opened).toBe(connection);
    expect(connect.mock.calls).toEqual([
      [{ address: 'temporal:7233', apiKey: 'first', tls: false, metadata: { 'x-tenant': 'a' } }],
    ]);
    expect(connection.told).toEqual([]);
    tokens.renew('second');
    const attached = await attach(tokens, opened);
    expect(connection.told).toEqual(['second']);
    await attached.detach();
  });

  it('tells its caller of a token that is not taken', async () => {
    const { connection } = openNext();
    const tokens = new FakeTokens();
    const failed = new Promise((resolve) => {
      void authenticatedNativeConnection(tokens, {}, { onPushFailed: resolve }).then(() => {
        tokens.renew('second');
      });
    });
    connection.pushError = new Error('not this one');
    expect(await failed).toBe(connection.pushError);
  });

  it('goes the way that the options or the environment say, and has TLS where that is said', async () => {
    const { connect } = openNext();
    const address = 'temporal:7233';
    const env = { HTTPS_PROXY: 'http://proxy:3128' };
    await authenticatedNativeConnection(new FakeTokens(), { address, tls: true }, { env });
    openNext(new FakeConnection());
    await authenticatedNativeConnection(new FakeTokens(), { address }, { env, proxy: false });
    expect(connect.mock.calls.map(([options]) => [options?.tls, options?.proxy])).toEqual([
      [true, { type: 'http-connect', targetHost: 'proxy:3128' }],
      [false, undefined],
    ]);
  });

  it('is not opened when the caller leaves before there is a token', async () => {
    const { connect } = openNext();
    const signal = AbortSignal.abort(gone);
    expect(await rejection(authenticatedNativeConnection(patientTokens(), {}, { signal }))).toBe(gone);
    expect(connect).not.toHaveBeenCalled();
  });
});

describe('isPushable', () => {
  it('knows a native connection by what it can be told', () => {
    expect(isPushable(native(new FakeConnection()))).toBe(true);
    expect(isPushable({ workflowService: {} })).toBe(false);
  });
});
