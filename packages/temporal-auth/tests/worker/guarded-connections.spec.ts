import type { NativeConnection } from '@temporalio/worker';
import { describe, expect, it, vi } from 'vitest';
import { attach } from '../../src/connection/attach.ts';
import { TemporalAuthErrorCode } from '../../src/errors/temporal-auth-error.ts';
import { FakeConnection, FakeTokens, native, openGuardedScene } from '../support/fake-guarded.ts';
import { rejection } from '../support/scene.ts';

describe('the connection for workers that have none', () => {
  it('is one, and is closed when the last of them has ended', async () => {
    const { opened, connections, make } = openGuardedScene();
    const [first, second] = await Promise.all([make(), make()]);
    expect(opened).toHaveLength(1);
    await connections.ended(first);
    expect(opened[0]?.isClosed).toBe(false);
    await connections.ended(second);
    expect(opened[0]?.isClosed).toBe(true);
  });

  it('is never one that closes, whenever the next worker comes', async () => {
    for (let ticks = 0; ticks < 30; ticks++) {
      const { connections, make } = openGuardedScene();
      const ending = connections.ended(await make());
      for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
      const next = await make();
      await ending;
      const { isClosed } = next.connection as unknown as FakeConnection;
      expect({ ticks, isClosed }).toEqual({ ticks, isClosed: false });
      await connections.stop();
    }
  });

  it('stays open for the others when the hook at the end of a worker runs twice', async () => {
    const { opened, connections, make } = openGuardedScene();
    const [first] = [await make(), await make()];
    await connections.ended(first);
    await connections.ended(first);
    expect(opened[0]?.isClosed).toBe(false);
    await connections.stop();
  });

  it('hides no error of the worker when it cannot be closed: the log says so', async () => {
    const { opened, connections, make, log } = openGuardedScene();
    const worker = await make();
    (opened[0] as FakeConnection).closeError = new Error('still in use');
    await connections.ended(worker);
    expect(log.matching('could not be closed')).toMatchObject([
      { level: 'WARN', meta: { reason: expect.stringContaining('still in use') as string } },
    ]);
  });

  it('is asked for again by the next worker when it could not be opened', async () => {
    const connect = vi
      .fn<() => Promise<NativeConnection>>()
      .mockRejectedValueOnce(new Error('not yet'))
      .mockResolvedValueOnce(native(new FakeConnection()));
    const { make, connections } = openGuardedScene({ connect });
    expect(await rejection(make())).toMatchObject({ message: 'not yet' });
    expect((await make()).connection).toBeDefined();
    await connections.stop();
  });

  it('is closed at the end of all when its worker never ran', async () => {
    const { opened, connections, make } = openGuardedScene();
    await make();
    await connections.stop();
    expect(opened[0]?.isClosed).toBe(true);
  });
});

describe('an end that comes while a worker is being made', () => {
  const closed = { code: TemporalAuthErrorCode.closed };

  it('is told to its caller, and leaves no connection that was just being opened', async () => {
    const opening = Promise.withResolvers<NativeConnection>();
    const { connections, make, clock, tokens } = openGuardedScene({ connect: () => opening.promise });
    const made = rejection(make());
    const stopped = connections.stop();
    const late = new FakeConnection();
    opening.resolve(native(late));
    await stopped;
    expect(await made).toMatchObject(closed);
    expect([late.closings, late.told, clock.pendingTimers, tokens.listeners.size]).toEqual([1, [], 0, 0]);
  });

  it('is told to its caller, and leaves nothing that watches a connection of somebody else', async () => {
    const { connections, clock, tokens } = openGuardedScene();
    const connection = new FakeConnection();
    const pushing = Promise.withResolvers<undefined>();
    connection.setApiKey = () => pushing.promise;
    const made = rejection(connections.guarded({ taskQueue: 'extraction', connection: native(connection) }));
    const stopped = connections.stop();
    pushing.resolve(undefined);
    await stopped;
    expect(await made).toMatchObject(closed);
    expect([connection.closings, clock.pendingTimers, tokens.listeners.size]).toEqual([0, 0, 0]);
  });

  it('changes nothing for the next connection, however the one before comes out', async () => {
    const first = Promise.withResolvers<NativeConnection>();
    const second = native(new FakeConnection());
    const connect = vi
      .fn<() => Promise<NativeConnection>>()
      .mockReturnValueOnce(first.promise)
      .mockResolvedValueOnce(second);
    const { connections, make } = openGuardedScene({ connect });
    const made = rejection(make());
    const stopped = connections.stop();
    expect((await make()).connection).toBe(second);
    first.reject(new Error('not in time'));
    expect(await made).toMatchObject({ message: 'not in time' });
    await stopped;
    expect((await make()).connection).toBe(second);
    expect(connect).toHaveBeenCalledTimes(2);
    await connections.stop();
  });
});

describe('a connection that is attached already', () => {
  it('is told of each token once, and stays attached when the guard ends', async () => {
    const { connections, tokens } = openGuardedScene();
    const connection = new FakeConnection();
    const attached = await attach(tokens, native(connection));
    await connections.guarded({ taskQueue: 'extraction', connection: native(connection) });
    tokens.renew('second');
    await attached.pushed();
    await connections.stop();
    tokens.renew('third');
    await attached.pushed();
    expect(connection.told).toEqual(['first', 'second', 'third']);
    await attached.detach();
    expect(tokens.listeners).toHaveLength(0);
  });

  it('is attached anew after it was detached', async () => {
    const { connections, tokens } = openGuardedScene();
    const connection = new FakeConnection();
    const options = { taskQueue: 'extraction', connection: native(connection) };
    const attached = await attach(tokens, native(connection));
    await connections.guarded(options);
    await attached.detach();
    tokens.renew('second');
    await connections.guarded(options);
    tokens.renew('third');
    await connections.attach(native(connection)).pushed();
    expect(connection.told).toEqual(['first', 'second', 'third']);
    expect(tokens.listeners).toHaveLength(2);
    await connections.stop();
    expect(tokens.listeners).toHaveLength(0);
  });

  it('is refused when its tokens come from elsewhere', async () => {
    const { connections } = openGuardedScene();
    const connection = native(new FakeConnection());
    const attached = await attach(new FakeTokens(), connection);
    expect(await rejection(connections.guarded({ taskQueue: 'extraction', connection }))).toBeInstanceOf(
      TypeError,
    );
    await attached.detach();
    await connections.guarded({ taskQueue: 'extraction', connection });
    await connections.stop();
  });
});
