import { NativeConnection, type Worker, type WorkerOptions } from '@temporalio/worker';
import { describe, expect, it, type MockInstance, vi } from 'vitest';
import { certificateAsToken } from '../../src/certificates/certificate-as-token.ts';
import { OpenedWith } from '../../src/connection/opened-with.ts';
import { FakeConnection, type GuardedScene, native, openGuardedScene } from '../support/fake-guarded.ts';
import { FakeMovedWorker } from '../support/fake-moved-worker.ts';
import { keepCertificates, type KeptCertificates } from '../support/kept-certificates.ts';

const taskQueue = 'extraction';

interface RotationScene extends GuardedScene, AsyncDisposable {
  readonly kept: KeptCertificates;
  /** How another one is opened. */
  readonly connect: MockInstance<typeof NativeConnection.connect>;
  /** Opens one with the newest certificate, as a user of the plugin does. */
  readonly open: () => FakeConnection;
  /** Another certificate is there, and what that leads to has happened. */
  readonly rotate: () => Promise<void>;
  /** A worker that was made on this connection, or on one for those without, and runs. */
  readonly run: (connection?: FakeConnection) => Promise<Worker>;
}

/** Guarded connections whose certificate rotates. */
async function openRotationScene({ hasTokens = false } = {}): Promise<RotationScene> {
  const kept = await keepCertificates();
  const { certificates } = kept;
  await kept.issue();
  const opened: FakeConnection[] = [];
  const open = (): FakeConnection => {
    const connection = new FakeConnection([new OpenedWith({}, certificates.newest.fingerprint)]);
    opened.push(connection);
    return connection;
  };
  const connect = vi
    .spyOn(NativeConnection, 'connect')
    .mockImplementation(() => Promise.resolve(native(open())));
  const scene = openGuardedScene({
    ...{ certificates, hasTokens },
    ...(!hasTokens && { tokens: certificateAsToken(certificates) }),
    connect: () => Promise.resolve(native(open())),
  });
  return {
    ...{ ...scene, opened, kept, open, connect },
    rotate: async () => {
      const before = opened.length;
      await kept.issue();
      await expect.poll(() => opened.length).toBe(before + 1);
      await scene.clock.advance(0);
    },
    run: async (connection) => {
      const given: WorkerOptions = { taskQueue, ...(connection && { connection: native(connection) }) };
      const options = await scene.connections.guarded(given);
      const worker = new FakeMovedWorker(options.connection as NativeConnection);
      Object.assign(worker.options, { interceptors: options.interceptors });
      scene.connections.follow(worker as unknown as Worker);
      return worker as unknown as Worker;
    },
    [Symbol.asyncDispose]: async () => {
      await scene.connections.stop();
      await kept[Symbol.asyncDispose]();
    },
  };
}

const refusal = Object.assign(new Error('no'), { code: 7, details: 'no', metadata: {} });

describe('a guarded connection whose certificate rotates', () => {
  it('is replaced under its workers, and stays open for its owner to close', async () => {
    await using scene = await openRotationScene();
    const { opened, connections } = scene;
    const mine = scene.open();
    const worker = await scene.run(mine);
    await scene.rotate();
    await scene.rotate();
    expect(worker.connection).toBe(opened[2]);
    expect(opened.map(({ isClosed }) => isClosed)).toEqual([false, true, false]);
    await connections.stop();
    expect(opened.map(({ closings }) => closings)).toEqual([0, 1, 1]);
  });

  it('has the next workers on the one that is in place', async () => {
    await using scene = await openRotationScene();
    const { opened, connections } = scene;
    const mine = scene.open();
    const first = await scene.run(mine);
    await scene.rotate();
    expect((await scene.run(mine)).connection).toBe(opened[1]);
    expect((await scene.run(opened[1])).connection).toBe(opened[1]);
    expect(connections.attach(native(opened[1] as FakeConnection))).toBe(connections.attach(native(mine)));
    expect(first.connection).toBe(opened[1]);
  });

  it('is closed, each one once, when it was opened for workers that have none', async () => {
    await using scene = await openRotationScene();
    const { opened, connections } = scene;
    const worker = await scene.run();
    await scene.rotate();
    expect(worker.connection).toBe(opened[1]);
    expect(opened.map(({ isClosed }) => isClosed)).toEqual([true, false]);
    await connections.ended(worker);
    expect(opened.map(({ closings }) => closings)).toEqual([1, 1]);
  });

  it('is probed with the certificate that it has, and the log names that', async () => {
    await using scene = await openRotationScene();
    const mine = scene.open();
    mine.refusal = refusal;
    await scene.run(mine);
    await scene.clock.advance(0);
    expect(scene.connections.attach(native(mine)).held).toBe(scene.kept.certificates.newest.fingerprint);
    expect(scene.log.text()).toContain('WARN Temporal refuses the client certificate');
    expect(mine.told).toEqual([]);
  });

  it('goes on being told of tokens where it has these too', async () => {
    await using scene = await openRotationScene({ hasTokens: true });
    const { opened, tokens, connections } = scene;
    const mine = scene.open();
    await scene.run(mine);
    expect(mine.told).toEqual(['first']);
    await scene.rotate();
    tokens.renew('second');
    await connections.attach(native(mine)).pushed();
    expect([mine.told, opened[1]?.told]).toEqual([['first'], ['second']]);
  });

  it('is replaced once, however often the worker is told of', async () => {
    await using scene = await openRotationScene();
    const worker = await scene.run(scene.open());
    const another = native(new FakeConnection());
    worker.connection = another;
    scene.connections.follow(worker);
    await scene.rotate();
    expect(worker.connection).toBe(another);
  });

  it('is left alone where it was opened in another way', async () => {
    await using scene = await openRotationScene();
    const mine = new FakeConnection();
    const worker = await scene.run(mine);
    await scene.kept.issue();
    await scene.clock.advance(0);
    expect(worker.connection).toBe(mine);
    expect(scene.connections.attach(native(mine)).held).toBe('');
  });

  it('is left alone by whoever has no certificate that rotates', async () => {
    await using scene = await openRotationScene();
    const { connections } = openGuardedScene();
    const options = await connections.guarded({ taskQueue, connection: native(scene.open()) });
    await scene.kept.issue();
    expect(options.connection).toBe(scene.opened[0]);
    await connections.stop();
  });

  it('is replaced no more after the end', async () => {
    await using scene = await openRotationScene();
    const worker = await scene.run(scene.open());
    await scene.connections.stop();
    await scene.kept.issue();
    await scene.clock.advance(0);
    expect(scene.opened).toEqual([worker.connection]);
  });

  it('tells why none could be opened, as far as that may be shown', async () => {
    await using scene = await openRotationScene({ hasTokens: true });
    await scene.run(scene.open());
    scene.connect.mockRejectedValue(new Error('channel: first is none'));
    await scene.kept.issue();
    await scene.clock.advance(0);
    expect(scene.log.text()).toMatch(/WARN The workers keep their connection, since none .*temporal:7233/);
    expect(scene.log.text()).not.toContain('first is none');
  });
});
