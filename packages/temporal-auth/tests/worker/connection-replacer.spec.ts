import type { Worker } from '@temporalio/worker';
import { describe, expect, it, vi } from 'vitest';
import type { ClientCertificate } from '@worker-auth/refresh-scheduler/certificate';
import { ConnectionRotation, type ConnectionRotationOptions } from '../../src/worker/connection-rotation.ts';
import { FakeConnection, native } from '../support/fake-connection.ts';
import { FakeMovedWorker } from '../support/fake-moved-worker.ts';
import { keepCertificates } from '../support/kept-certificates.ts';
import { openGuard } from '../support/open-guard.ts';
import { isSettled } from '../support/scene.ts';

const connected = 'The workers are connected with another client certificate';

/** A guarded connection that was opened with the first certificate, and rotates. */
async function openRotation(options: Partial<ConnectionRotationOptions> = {}) {
  await using resources = new AsyncDisposableStack();
  const kept = resources.use(await keepCertificates());
  const { certificates } = kept;
  const { fingerprint } = await kept.issue();
  const scene = await openGuard();
  const { guard, pushed, log, clock } = scene;
  resources.defer(() => guard.stop());
  const opened: FakeConnection[] = [];
  const rotation = new ConnectionRotation({
    ...{ certificates, fingerprint, pushed, guard, logger: log },
    explain: (error) => (error as Error).message,
    open: () => {
      const connection = new FakeConnection();
      opened.push(connection);
      const { newest } = certificates;
      return Promise.resolve({
        ...{ connection: native(connection), held: undefined, fingerprint: newest.fingerprint },
      });
    },
    ...options,
  });
  resources.defer(() => rotation.stop());
  const taken = resources.move();
  return {
    ...{ ...scene, kept, certificates, opened, rotation },
    /** Another certificate is there, and what that leads to has happened. */
    rotate: async (): Promise<ClientCertificate> => {
      const certificate = await kept.issue();
      await clock.advance(0);
      return certificate;
    },
    /** The files are looked at once more. */
    look: async () => {
      await certificates.load();
      await clock.advance(0);
    },
    /** A worker that was made on this connection and runs. */
    addWorker: (connection: FakeConnection): FakeMovedWorker => {
      const worker = new FakeMovedWorker(native(connection));
      rotation.add(worker as unknown as Worker, native(connection));
      return worker;
    },
    [Symbol.asyncDispose]: () => taken.disposeAsync(),
  };
}

describe('a connection whose certificate rotates', () => {
  it('is replaced by another when there is another certificate, probed at once, and closed', async () => {
    await using scene = await openRotation();
    const { connection: first, opened, guard, log } = scene;
    const { notAfter } = await scene.rotate();
    const [second] = opened as [FakeConnection];
    expect(guard.connection).toBe(second);
    expect([first.isClosed, second.isClosed]).toEqual([true, false]);
    expect(second.probes).toHaveLength(1);
    expect(log.entries).toEqual([{ level: 'INFO', message: connected, meta: { notAfter } }]);
  });

  it('stays while the certificate is the same', async () => {
    await using scene = await openRotation();
    await scene.look();
    expect(scene.opened).toEqual([]);
    await scene.rotate();
    await scene.look();
    expect(scene.opened).toHaveLength(1);
  });

  it('is replaced at once when there was another certificate before it was open', async () => {
    await using scene = await openRotation({ fingerprint: 'of one before' });
    await scene.clock.advance(0);
    expect(scene.guard.connection).toBe(scene.opened[0]);
  });

  it('has the token that the one before had, unless it stands for one itself', async () => {
    await using scene = await openRotation();
    const { pushed, opened } = scene;
    await scene.rotate();
    expect([pushed.held, opened[0]?.told]).toEqual(['first', []]);
    const connection = native(new FakeConnection());
    const held = 'of the certificate';
    await using other = await openRotation({
      open: () => Promise.resolve({ connection, held, fingerprint: held }),
    });
    other.tokens.peek = () => undefined as never;
    await other.rotate();
    expect(other.pushed.held).toBe(held);
  });

  it('is kept when it is not ours to close', async () => {
    const mine = new FakeConnection();
    await using scene = await openRotation({ keep: native(mine) });
    await scene.pushed.succeed(native(mine), 'first');
    await scene.rotate();
    expect(mine.isClosed).toBe(false);
    await scene.rotate();
    expect(scene.opened.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  });

  it('is closed as soon as no worker holds it any more', async () => {
    await using scene = await openRotation();
    const { connection: first } = scene;
    first.closeError = new Error('still in use');
    await scene.rotate();
    expect(scene.log.messages('INFO')).toEqual([connected]);
    first.closeError = undefined;
    await scene.look();
    expect(first.isClosed).toBe(true);
    first.isClosed = false;
    await scene.look();
    expect(first.isClosed).toBe(false);
  });

  it('opens one at a time', async () => {
    const opening = Promise.withResolvers<never>();
    let count = 0;
    await using scene = await openRotation({
      open: () => {
        count++;
        return opening.promise;
      },
    });
    await scene.rotate();
    await scene.rotate();
    expect(count).toBe(1);
    opening.reject(new Error('no'));
    await scene.clock.advance(0);
    await scene.look();
    expect(count).toBe(2);
  });
});

describe('a certificate with which none can be opened', () => {
  it('leaves the workers where they are, and is tried again; the log tells why, once for each', async () => {
    let tries = 0;
    await using scene = await openRotation({
      open: () => Promise.reject(new Error(`try ${++tries}`)),
    });
    const { log, guard, connection } = scene;
    await scene.rotate();
    await scene.look();
    expect([tries, guard.connection, connection.isClosed]).toEqual([2, connection, false]);
    const kept = 'The workers keep their connection, since none can be opened with the new certificate';
    expect(log.entries).toMatchObject([{ level: 'WARN', message: `${kept}: try 1` }]);
    await scene.rotate();
    expect(log.messages('WARN')).toEqual([`${kept}: try 1`, `${kept}: try 3`]);
  });
});

describe('the workers of a connection that rotates', () => {
  it('are moved along, each with a client that follows', async () => {
    await using scene = await openRotation();
    const { connection: first, opened, guard } = scene;
    const worker = scene.addWorker(first);
    expect(worker.connection).toBe(first);
    expect((worker.client as { readonly connection: unknown }).connection).toBe(guard.following);
    await scene.rotate();
    expect(worker.connection).toBe(opened[0]);
    await scene.rotate();
    expect(worker.connection).toBe(opened[1]);
  });

  it('are moved at once when they were made on one that is replaced', async () => {
    await using scene = await openRotation();
    await scene.rotate();
    const worker = scene.addWorker(scene.connection);
    expect(worker.connection).toBe(scene.opened[0]);
  });

  it('stay on another connection that the user gave them', async () => {
    await using scene = await openRotation();
    const worker = scene.addWorker(scene.connection);
    const another = native(new FakeConnection());
    worker.connection = another;
    await scene.rotate();
    expect(worker.connection).toBe(another);
  });

  it('are moved no more once they have ended', async () => {
    await using scene = await openRotation();
    const { connection: first } = scene;
    const worker = scene.addWorker(first);
    worker.state = 'STOPPED';
    await scene.rotate();
    expect(worker.connection).toBe(first);
    // Whatever is on that connection now is another's.
    worker.state = 'RUNNING';
    worker.connection = native(scene.opened[0] as FakeConnection);
    await scene.rotate();
    expect(worker.connection).toBe(scene.opened[0]);
  });
});

describe('a probe', () => {
  it('that is not good has the files looked at: another certificate may be the remedy', async () => {
    await using scene = await openRotation();
    const { kept, guard, clock, connection, certificates } = scene;
    const { fingerprint } = certificates.newest;
    await kept.folder.issue();
    guard.watchdog.probeSoon(0);
    await clock.advance(0);
    expect(connection.probes).toHaveLength(2);
    expect(scene.opened).toEqual([]);
    expect(certificates.newest.fingerprint).toBe(fingerprint);
    connection.refusal = new Error('nobody there');
    guard.watchdog.probeSoon(0);
    await clock.advance(0);
    await expect.poll(() => scene.opened).toHaveLength(1);
  });
});

describe('a rotation that ends', () => {
  it('opens no more, whatever comes, and leaves the connection in place open', async () => {
    await using scene = await openRotation();
    const { connection, guard, clock, certificates } = scene;
    await scene.rotation.stop();
    await scene.rotate();
    expect(scene.opened).toEqual([]);
    expect(connection.isClosed).toBe(false);
    connection.refusal = new Error('nobody there');
    const lookNow = vi.spyOn(certificates, 'lookNow');
    guard.watchdog.probeSoon(0);
    await clock.advance(0);
    expect(connection.probes).toHaveLength(2);
    expect(lookNow).not.toHaveBeenCalled();
  });

  it('closes what is just being opened, and waits for that', async () => {
    const opening = Promise.withResolvers<Awaited<ReturnType<ConnectionRotationOptions['open']>>>();
    await using scene = await openRotation({ open: () => opening.promise });
    await scene.rotate();
    const stopped = scene.rotation.stop();
    expect(await isSettled(stopped)).toBe(false);
    const late = new FakeConnection();
    opening.resolve({ connection: native(late), held: undefined, fingerprint: undefined });
    await stopped;
    expect([late.isClosed, scene.connection.isClosed]).toEqual([true, false]);
    expect([scene.guard.connection, scene.log.entries]).toEqual([scene.connection, []]);
  });

  it('says nothing of what could not be opened any more', async () => {
    const opening = Promise.withResolvers<never>();
    await using scene = await openRotation({ open: () => opening.promise });
    await scene.rotate();
    const stopped = scene.rotation.stop();
    opening.reject(new Error('aborted'));
    await stopped;
    expect(scene.log.entries).toEqual([]);
  });

  it('closes those before that no worker holds any more', async () => {
    await using scene = await openRotation();
    const { connection: first } = scene;
    first.closeError = new Error('still in use');
    await scene.rotate();
    first.closeError = undefined;
    await scene.rotation.stop();
    expect([first.isClosed, scene.opened[0]?.isClosed]).toEqual([true, false]);
  });
});
