import type { NativeConnection } from '@temporalio/worker';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Parking } from '../../../src/worker/parking/parking.ts';
import { createFakeParking, type FakeParkingScene, systemInfo } from '../../support/fake-parking.ts';
import { rejection } from '../../support/scene.ts';

let scene: FakeParkingScene;
let parking: Parking;

beforeEach(async () => {
  scene = createFakeParking();
  parking = await scene.open();
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Lets the lot open. */
async function opened(): Promise<void> {
  for (let tick = 0; tick < 30; tick++) await Promise.resolve();
}

/** A probe is answered so, and what comes of it is done. */
async function say(kind: 'good' | 'refused' | 'unreachable'): Promise<void> {
  scene.watch.say(kind);
  await opened();
}

describe('workers whose token is refused', () => {
  it('are moved to a lot, and back at the first good probe', async () => {
    const { temporal, parked, clock, log, events, lot } = scene;
    const [first, second] = [scene.createWorker(), scene.createWorker('another')];
    parking.add(first);
    parking.add(second);
    await say('refused');
    expect([first.connection, second.connection]).toEqual([parked, parked]);
    expect(lot.hold).toHaveBeenCalledOnce();
    expect(log.entries).toEqual([
      {
        level: 'WARN',
        message: 'The workers are parked until Temporal takes the access token: they poll nothing',
        meta: { workers: 2 },
      },
    ]);
    expect(events.of('workersParked')).toEqual([{ workers: 2 }]);
    await clock.advance(5_000);
    lot.release.mockImplementation(() => {
      expect(first.connection).toBe(temporal);
    });
    scene.watch.say('good');
    expect([first.connection, second.connection]).toEqual([temporal, temporal]);
    expect(lot.release).toHaveBeenCalledOnce();
    expect(log.entries.at(-1)).toEqual({
      level: 'INFO',
      message: 'The workers are no longer parked',
      meta: { workers: 2 },
    });
    expect(events.of('workersUnparked')).toEqual([{ workers: 2, parkedMs: 5_000 }]);
  });

  it('are so while Temporal does not answer too', async () => {
    const worker = scene.createWorker();
    parking.add(worker);
    await say('unreachable');
    expect(worker.connection).toBe(scene.parked);
    await say('refused');
    expect(worker.connection).toBe(scene.parked);
    expect(scene.events.names).toEqual(['workersParked']);
  });

  it('come to the same lot each time', async () => {
    const worker = scene.createWorker();
    parking.add(worker);
    for (const kind of ['refused', 'good', 'refused'] as const) await say(kind);
    expect(worker.connection).toBe(scene.parked);
    expect(scene.openLot).toHaveBeenCalledOnce();
    expect(scene.connect).toHaveBeenCalledOnce();
  });

  it('stay at Temporal when the token is good before the lot is there', async () => {
    const worker = scene.createWorker();
    parking.add(worker);
    scene.watch.say('refused');
    await say('good');
    expect(worker.connection).toBe(scene.temporal);
    expect([scene.log.text(), scene.events.names]).toEqual(['', []]);
    expect(scene.lot.release).not.toHaveBeenCalled();
  });

  it('are parked once when it is refused again before the lot is there', async () => {
    parking.add(scene.createWorker());
    for (const kind of ['refused', 'good', 'refused'] as const) scene.watch.say(kind);
    await opened();
    expect(scene.events.names).toEqual(['workersParked']);
  });

  it('go back to the connection that is in place by then', async () => {
    const worker = scene.createWorker();
    parking.add(worker);
    await say('refused');
    const next = { name: 'next' } as unknown as NativeConnection;
    scene.replace(next);
    await say('good');
    expect(worker.connection).toBe(next);
  });
});

describe('the lot', () => {
  it('is opened with what Temporal says of itself, and reached as it asks', async () => {
    await say('refused');
    expect(scene.openLot).toHaveBeenCalledExactlyOnceWith({ clock: scene.clock, systemInfo });
    expect(scene.connect).toHaveBeenCalledExactlyOnceWith({
      ...{ address: '127.0.0.1:7', metadata: { secret: 'of the lot' }, tls: false },
    });
  });

  it('is not opened before it is needed', async () => {
    await say('good');
    expect(scene.openLot).not.toHaveBeenCalled();
  });

  it('is tried again at the next probe when it could not be opened', async () => {
    const worker = scene.createWorker();
    parking.add(worker);
    scene.openLot.mockRejectedValueOnce(new Error('EMFILE: too many open files'));
    await say('refused');
    expect(scene.log.text()).toBe('ERROR The workers could not be parked: EMFILE: too many open files');
    expect(worker.connection).toBe(scene.temporal);
    await say('refused');
    expect(worker.connection).toBe(scene.parked);
  });

  it('is closed again when no connection to it can be had', async () => {
    scene.connect.mockRejectedValueOnce(new Error('no route'));
    await say('refused');
    expect(scene.lot.close).toHaveBeenCalledOnce();
    expect(scene.log.text()).toBe('ERROR The workers could not be parked: no route');
  });

  it('that could not be opened is nothing to tell of once the token is good', async () => {
    scene.openLot.mockRejectedValueOnce(new Error('EMFILE: too many open files'));
    scene.watch.say('refused');
    await say('good');
    expect(scene.log.text()).toBe('');
  });
});

describe('a worker', () => {
  it('is parked when it is added to others that are', async () => {
    await say('refused');
    const worker = scene.createWorker();
    expect(parking.isParked(worker)).toBe(false);
    parking.add(worker);
    expect(parking.isParked(worker)).toBe(true);
    await say('good');
    expect([worker.connection, parking.isParked(worker)]).toEqual([scene.temporal, false]);
  });

  it('is parked when the token was refused before there was a parking', async () => {
    scene.watch.say('refused');
    const late = await scene.open();
    const worker = scene.createWorker();
    late.add(worker);
    await opened();
    expect(late.isParked(worker)).toBe(true);
  });

  it('is left at Temporal when it is taken out', async () => {
    const [worker, other] = [scene.createWorker(), scene.createWorker()];
    const takeOut = parking.add(worker);
    parking.add(other);
    await say('refused');
    takeOut();
    expect([worker.connection, other.connection]).toEqual([scene.temporal, scene.parked]);
    await say('refused');
    expect(worker.connection).toBe(scene.temporal);
    worker.connection = scene.parked;
    takeOut();
    expect(worker.connection).toBe(scene.parked);
  });

  it('is left where it is when it is taken out before there is a lot', () => {
    const worker = scene.createWorker();
    parking.add(worker)();
    expect(worker.connection).toBe(scene.temporal);
  });

  it('is parked at the next probe when it could not be moved, and the others at once', async () => {
    const [worker, other] = [scene.createWorker('stubborn'), scene.createWorker()];
    let isStubborn = true;
    let connection = scene.temporal;
    Object.defineProperty(worker, 'connection', {
      get: () => connection,
      set: (next: NativeConnection) => {
        if (isStubborn) throw new Error('Worker not found');
        connection = next;
      },
    });
    parking.add(worker);
    parking.add(other);
    await say('refused');
    expect(scene.log.entries).toContainEqual({
      level: 'ERROR',
      message: 'A worker could not be moved: Worker not found',
      meta: { taskQueue: 'stubborn' },
    });
    expect([worker.connection, other.connection]).toEqual([scene.temporal, scene.parked]);
    isStubborn = false;
    scene.watch.say('refused');
    expect(worker.connection).toBe(scene.parked);
  });

  it.each(['STOPPING', 'DRAINING'] as const)(
    'stays at Temporal while it is %s, and goes back if it is parked: it has things to tell',
    async (state) => {
      const [ending, parked] = [scene.createWorker(), scene.createWorker()];
      parking.add(ending);
      parking.add(parked);
      ending.state = state;
      await say('refused');
      expect([ending.connection, parked.connection]).toEqual([scene.temporal, scene.parked]);
      parked.state = state;
      await say('good');
      expect(parked.connection).toBe(scene.temporal);
    },
  );

  it.each(['DRAINED', 'STOPPED', 'FAILED'] as const)('is forgotten when it is %s', async (state) => {
    const worker = scene.createWorker();
    const takeOut = parking.add(worker);
    await say('refused');
    worker.state = state;
    await say('good');
    expect(worker.connection).toBe(scene.parked);
    worker.state = 'RUNNING';
    await say('refused');
    expect(scene.events.of('workersParked')).toEqual([{ workers: 1 }, { workers: 0 }]);
    await say('good');
    takeOut();
    expect(worker.connection).toBe(scene.parked);
  });

  it('is parked before it runs', async () => {
    const worker = scene.createWorker();
    worker.state = 'INITIALIZED';
    parking.add(worker);
    await say('refused');
    expect(worker.connection).toBe(scene.parked);
  });

  it('is left alone on a connection that is not known here', async () => {
    const elsewhere = { name: 'elsewhere' } as unknown as NativeConnection;
    const [never, moved] = [scene.createWorker(), scene.createWorker()];
    never.connection = elsewhere;
    parking.add(never);
    parking.add(moved);
    await say('refused');
    moved.connection = elsewhere;
    expect(parking.isParked(moved)).toBe(false);
    await say('good');
    expect([never.connection, moved.connection]).toEqual([elsewhere, elsewhere]);
  });

  it('goes to Temporal, with the client that it has, when it was made on the connection to the lot', async () => {
    const worker = scene.createWorker();
    const client = { follows: true };
    Object.defineProperty(worker, 'client', { value: client, configurable: true });
    await say('refused');
    worker.connection = scene.parked;
    parking.add(worker);
    await say('good');
    expect([worker.connection, worker.client]).toEqual([scene.temporal, client]);
  });

  it('has its activities keep a client to Temporal while it is parked, and no longer', async () => {
    const worker = scene.createWorker();
    parking.add(worker);
    await say('refused');
    expect(worker.client).toEqual({ connection: scene.temporal });
    await say('good');
    expect(Object.hasOwn(worker, 'client')).toBe(false);
  });

  it('keeps a client that follows by itself', async () => {
    const worker = scene.createWorker();
    const client = { follows: true };
    Object.defineProperty(worker, 'client', { value: client, configurable: true });
    parking.add(worker);
    await say('refused');
    await say('good');
    expect(worker.client).toBe(client);
  });
});

describe('stop()', () => {
  it('closes the connection and then the lot, once, and moves nobody', async () => {
    const worker = scene.createWorker();
    parking.add(worker);
    await say('refused');
    scene.closeParked.mockImplementation(() => {
      expect(scene.lot.close).not.toHaveBeenCalled();
      return Promise.resolve();
    });
    await Promise.all([parking.stop(), parking.stop()]);
    await parking.stop();
    expect(scene.closeParked).toHaveBeenCalledOnce();
    expect(scene.lot.close).toHaveBeenCalledOnce();
    await say('good');
    expect(worker.connection).toBe(scene.parked);
    expect(parking.isParked(worker)).toBe(false);
  });

  it('leaves nothing open of a lot that was opening, and parks nobody', async () => {
    const worker = scene.createWorker();
    parking.add(worker);
    scene.watch.say('refused');
    await parking.stop();
    expect(worker.connection).toBe(scene.temporal);
    expect(scene.closeParked).toHaveBeenCalledOnce();
    expect(scene.lot.close).toHaveBeenCalledOnce();
    expect(scene.log.text()).toBe('');
  });

  it('ends without a lot, and after one that could not be opened', async () => {
    await parking.stop();
    await say('refused');
    expect(scene.openLot).not.toHaveBeenCalled();
    scene.watch.say('good');
    const other = await scene.open();
    scene.openLot.mockRejectedValueOnce(new Error('EMFILE: too many open files'));
    scene.watch.say('refused');
    await other.stop();
    expect(scene.log.text()).toBe('');
  });

  it('leaves a connection that a worker holds, and tells of any other failure', async () => {
    scene.closeParked.mockRejectedValue(
      new Error('Cannot close connection while Workers hold a reference to it'),
    );
    await say('refused');
    await parking.stop();
    expect(scene.lot.close).toHaveBeenCalledOnce();
    scene.watch.say('good');
    const other = await scene.open();
    scene.closeParked.mockRejectedValue(new Error('not that'));
    await say('refused');
    expect(await rejection(other.stop())).toMatchObject({ message: 'not that' });
    expect(scene.lot.close).toHaveBeenCalledTimes(2);
  });
});
