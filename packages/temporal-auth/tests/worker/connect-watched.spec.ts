import { NativeConnection } from '@temporalio/worker';
import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { describe, expect, it, vi } from 'vitest';
import { directNetwork } from '../../src/configuration/network.ts';
import { connectWatched, type ConnectWatchedOptions } from '../../src/worker/watched-connection.ts';
import { FakeConnection, FakeTokens, native } from '../support/fake-guarded.ts';
import { keepCertificates } from '../support/kept-certificates.ts';
import { rejection } from '../support/scene.ts';

const refusal = Object.assign(new Error('no'), { code: 7, details: 'no', metadata: {} });

/** Everything that a connection is opened and watched with; what is opened leads nowhere. */
function createScene(certificates?: ConnectWatchedOptions['settings']['certificates']) {
  const opened: FakeConnection[] = [];
  const next = new FakeConnection();
  const connect = vi.spyOn(NativeConnection, 'connect').mockImplementation(() => {
    const connection = opened.length === 0 ? next : new FakeConnection();
    opened.push(connection);
    return Promise.resolve(native(connection));
  });
  const [clock, log, tokens] = [new FakeClock(), new RecordingLogger(), new FakeTokens()];
  const calls: string[] = [];
  const options: ConnectWatchedOptions = {
    settings: { address: 'temporal:7233', tls: false, network: directNetwork, certificates },
    ...{ tokens, clock, logger: log, namespace: 'ours', timeoutMs: 1_000 },
    signal: new AbortController().signal,
    explain: (error) => (error as Error).message,
    onPushFailed: () => calls.push('pushFailed'),
    onHealth: () => calls.push('health'),
    onGreeted: () => calls.push('greeted'),
  };
  return { next, opened, connect, clock, log, tokens, calls, options };
}

describe('a connection with nothing to be refused', () => {
  it('is not watched, and is closed when that is asked for', async () => {
    const { next, clock, calls, options } = createScene();
    const watched = await connectWatched({ ...options, tokens: undefined });
    expect([watched.connection, watched.guard, watched.rotation]).toEqual([next, undefined, undefined]);
    expect([next.probes, calls, clock.pendingTimers]).toEqual([[], [], 0]);
    await expect(watched.giveUp()).resolves.toBeUndefined();
    expect(next.isClosed).toBe(false);
    await watched.close();
    expect(next.isClosed).toBe(true);
  });
});

describe('a connection with a token', () => {
  it('is opened with it, told of each that comes, and probed', async () => {
    const { next, connect, clock, tokens, calls, options } = createScene();
    const watched = await connectWatched(options);
    expect(connect.mock.calls[0]?.[0]).toMatchObject({ address: 'temporal:7233', apiKey: 'first' });
    await clock.advance(0);
    const onceForTheRightToWrite = 'ours';
    expect(next.probes).toEqual([onceForTheRightToWrite, 'ours']);
    expect(calls).toEqual(['greeted', 'health']);
    expect(watched.guard?.watchdog.health.kind).toBe('good');
    tokens.renew('second');
    await expect.poll(() => next.told).toEqual(['second']);
    expect(watched.rotation).toBeUndefined();
    await watched.close();
  });

  it('is named by the token in the log', async () => {
    const { next, clock, log, options } = createScene();
    const watched = await connectWatched(options);
    next.refusal = refusal;
    await clock.advance(0);
    expect(log.messages('WARN')).toEqual(['Temporal refuses the access token; another one is requested: no']);
    await watched.giveUp();
  });

  it('is closed again when the token may not write, which is said', async () => {
    const { next, clock, tokens, calls, options } = createScene();
    next.refusal = refusal;
    expect(await rejection(connectWatched(options))).toBe(refusal);
    expect(next.isClosed).toBe(true);
    expect(calls).toEqual(['greeted']);
    expect([tokens.listeners.size, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('is closed, and leaves nothing running', async () => {
    const { next, clock, tokens, options } = createScene();
    const watched = await connectWatched(options);
    await watched.close();
    expect(next.isClosed).toBe(true);
    expect([tokens.listeners.size, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('is watched on when it cannot be closed, since workers use it', async () => {
    const { next, clock, tokens, options } = createScene();
    const watched = await connectWatched(options);
    next.closeError = new Error('still in use');
    expect(await rejection(watched.close())).toBe(next.closeError);
    const asked = next.probes.length;
    await clock.advance(600_000);
    expect(next.probes.length).toBeGreaterThan(asked);
    tokens.renew('second');
    await expect.poll(() => next.told).toEqual(['second']);
    next.closeError = undefined;
    await watched.close();
  });

  it('stays open with the token that it has when it is given up', async () => {
    const { next, clock, tokens, options } = createScene();
    const watched = await connectWatched(options);
    await watched.giveUp();
    expect(next.isClosed).toBe(false);
    expect([tokens.listeners.size, clock.pendingTimers]).toEqual([0, 0]);
  });
});

describe('a connection with a certificate that rotates', () => {
  it.each([
    [false, 'client certificate'],
    [true, 'access token'],
  ])('gets another connection with the next certificate (token: %s)', async (hasToken, shown) => {
    await using kept = await keepCertificates();
    const newest = await kept.issue();
    const { next: first, opened, connect, clock, log, options } = createScene(kept.certificates);
    const watched = await connectWatched({ ...options, tokens: hasToken ? options.tokens : undefined });
    expect(connect.mock.calls[0]?.[0]).toMatchObject({ tls: kept.certificates.tls(newest) });
    expect(watched.guard?.watchdog.heldToken).toBe(hasToken ? 'first' : newest.fingerprint);
    const second = await kept.issue();
    await expect.poll(() => first.isClosed).toBe(true);
    expect(watched.connection).toBe(opened[1]);
    expect(connect.mock.calls[1]?.[0]).toMatchObject({ tls: kept.certificates.tls(second) });
    expect(watched.guard?.watchdog.heldToken).toBe(hasToken ? 'first' : second.fingerprint);
    (opened[1] as FakeConnection).refusal = refusal;
    await clock.advance(600_000);
    expect(log.messages('WARN')).toContain(`Temporal refuses the ${shown}; another one is requested: no`);
    await watched.close();
    expect(opened.map(({ isClosed }) => isClosed)).toEqual([true, true]);
  });

  it.each(['close', 'giveUp'] as const)('gets no other any more after %s()', async (end) => {
    await using kept = await keepCertificates();
    await kept.issue();
    const { opened, options, clock } = createScene(kept.certificates);
    const watched = await connectWatched({ ...options, tokens: undefined });
    await watched[end]();
    await kept.issue();
    expect(opened).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });
});
