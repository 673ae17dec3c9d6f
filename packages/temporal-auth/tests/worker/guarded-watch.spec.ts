import { CompleteAsyncError } from '@temporalio/common';
import type { Worker, WorkerOptions } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { FakeConnection, type GuardedScene, native, openGuardedScene } from '../support/fake-guarded.ts';

const taskQueue = 'extraction';

/** What a native connection throws for a token that Temporal refuses. */
function refusal(message = 'Request unauthorized.'): Error {
  return Object.assign(new Error(message), { code: 7, details: message, metadata: {} });
}

/** Guards a connection of somebody else, and lets Temporal answer the first probe. */
async function guard(
  { connections, clock }: GuardedScene,
  connection: FakeConnection,
  options: Partial<WorkerOptions> = {},
): Promise<WorkerOptions> {
  const guarded = await connections.guarded({ taskQueue, connection: native(connection), ...options });
  await clock.advance(0);
  return guarded;
}

/** A worker that was made with these options, as far as it is looked at. */
function workerOf({ connection, interceptors }: WorkerOptions): Worker {
  return {
    ...{ connection, options: { taskQueue, interceptors } },
    getState: () => 'RUNNING',
  } as unknown as Worker;
}

describe('a guarded connection', () => {
  it('is probed in the namespace of its first worker, else in the default one', async () => {
    const scene = openGuardedScene();
    const [first, second] = [new FakeConnection(), new FakeConnection()];
    await guard(scene, first, { namespace: 'ours' });
    await guard(scene, first, { namespace: 'another' });
    await guard(scene, second);
    expect([first.probes, second.probes]).toEqual([['ours'], ['default']]);
    await scene.connections.stop();
  });

  it('tells of a refusal without the token, and of its end', async () => {
    const scene = openGuardedScene();
    const { connections, healths, log, tokens } = scene;
    expect(connections.health()).toEqual({ temporal: { state: 'unknown' }, workers: [] });
    tokens.current = 'a-token-that-nobody-may-see';
    const connection = new FakeConnection();
    connection.refusal = refusal(`no: ${tokens.current}`);
    await guard(scene, connection, { namespace: 'ours' });
    expect(connections.health().temporal).toMatchObject({ state: 'refused' });
    expect(log.text()).toMatch(
      /WARN Temporal refuses the access token; another one is requested: .*temporal:7233 .*"ours".* The token was refused/,
    );
    expect(log.text() + JSON.stringify(connections.health())).not.toContain(tokens.current);
    connection.refusal = undefined;
    await scene.clock.advance(10_000);
    expect(connections.health().temporal.state).toBe('good');
    expect(healths).toEqual(['refused', 'good']);
    await connections.stop();
    expect(connections.health().temporal.state).toBe('unknown');
    expect(scene.clock.pendingTimers).toBe(0);
  });

  it('says of a new token that it is not taken, without the token', async () => {
    const scene = openGuardedScene();
    const { connections, log, tokens } = scene;
    const connection = new FakeConnection();
    await guard(scene, connection);
    connection.pushError = new Error('channel: a-second-token is none');
    tokens.renew('a-second-token');
    await connections.attach(native(connection)).pushed();
    const told = log.matching('A native connection did not take the new access token');
    expect(told).toMatchObject([
      {
        level: 'ERROR',
        meta: { reason: expect.stringContaining('temporal:7233 for namespace "default"') as string },
      },
    ]);
    expect(JSON.stringify(log.entries)).not.toContain('a-second-token');
    await connections.stop();
  });

  it('is let go at the end by whoever attached it here', async () => {
    const scene = openGuardedScene();
    const connection = new FakeConnection();
    await guard(scene, connection);
    await guard(scene, connection);
    await scene.connections.stop();
    expect(scene.tokens.listeners).toHaveLength(0);
    expect(connection.isClosed).toBe(false);
  });

  it('is watched anew after the end', async () => {
    const scene = openGuardedScene();
    const connection = new FakeConnection();
    await guard(scene, connection);
    await scene.connections.stop();
    await guard(scene, connection);
    expect(connection.probes).toHaveLength(2);
    expect(scene.connections.health().temporal.state).toBe('good');
    await scene.connections.stop();
  });

  it('is forgotten when others have closed it, as soon as there is another', async () => {
    const scene = openGuardedScene();
    const { connections, tokens, clock } = scene;
    const [closed, open, next] = [new FakeConnection(), new FakeConnection(), new FakeConnection()];
    await guard(scene, closed);
    await guard(scene, open);
    closed.pushError = Object.assign(new Error('Connection already closed'), { name: 'IllegalStateError' });
    tokens.renew('second');
    await connections.attach(native(open)).pushed();
    const timers = clock.pendingTimers;
    await guard(scene, next);
    expect(clock.pendingTimers).toBe(timers);
    const probes = closed.probes.length;
    await clock.advance(300_000);
    expect(closed.probes).toHaveLength(probes);
    expect(open.probes.length).toBeGreaterThan(2);
    await connections.stop();
  });
});

describe('a worker on a guarded connection', () => {
  it('is guarded once, however often that is asked for', async () => {
    const scene = openGuardedScene();
    const options = await guard(scene, new FakeConnection());
    expect(await scene.connections.guarded(options)).toBe(options);
    expect(options.interceptors?.activity).toHaveLength(1);
    await scene.connections.stop();
  });

  it('is told of from when it runs, once', async () => {
    const scene = openGuardedScene();
    const worker = workerOf(await guard(scene, new FakeConnection()));
    expect(scene.connections.health().workers).toEqual([]);
    scene.connections.follow(worker);
    scene.connections.follow(worker);
    expect(scene.connections.health().workers).toEqual([{ taskQueue, state: 'RUNNING', restarts: 0 }]);
    await scene.connections.stop();
  });

  it('is not followed without a connection', async () => {
    const { connections } = openGuardedScene();
    connections.follow(workerOf({ taskQueue, interceptors: { activity: [] } }));
    expect(connections.health().workers).toEqual([]);
    await connections.ended({ connection: undefined });
  });

  it('ends without any, and closes none of somebody else', async () => {
    const scene = openGuardedScene();
    const { connections, make, opened } = scene;
    const unknown = new FakeConnection();
    await connections.ended({ connection: native(unknown) });
    const own = await make();
    const other = new FakeConnection();
    const options = await guard(scene, other);
    await connections.ended({ connection: options.connection });
    expect([unknown.isClosed, other.isClosed, opened[0]?.isClosed]).toEqual([false, false, false]);
    await connections.ended(own);
    expect(opened[0]?.isClosed).toBe(true);
    await connections.stop();
  });

  it('keeps its connection until the activities are reported that it has left behind', async () => {
    const { connections, opened } = openGuardedScene({ acknowledgeResults: true });
    const options = await connections.guarded({ taskQueue });
    const worker = workerOf(options);
    connections.follow(worker);
    const left = Promise.withResolvers<number>();
    const info = { info: { isLocal: false } } as never;
    const { inbound } = options.interceptors?.activity?.[0]?.(info) ?? {};
    const running = inbound?.execute?.({ args: [], headers: {} }, () => left.promise);
    await connections.ended(worker);
    expect(opened[0]?.isClosed).toBe(false);
    left.reject(new CompleteAsyncError());
    await expect(running).rejects.toThrow();
    await expect.poll(() => opened[0]?.isClosed).toBe(true);
  });

  it('leaves nothing to be said at the end where none was made', async () => {
    const { connections, log } = openGuardedScene();
    await connections.stop();
    expect(log.text()).toBe('');
  });
});
