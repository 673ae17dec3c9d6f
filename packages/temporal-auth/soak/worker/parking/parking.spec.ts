import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ParkingLot } from '../../../src/worker/parking/parking-lot.ts';
import { isListening } from '../../../tests/support/is-listening.ts';
import { park, passing, reachTheLot, whileRunning } from '../../../tests/support/parked.ts';
import { openParkingScene, type ParkingSite } from '../../../tests/support/parking-scene.ts';
import { quietRuntime } from '../../../tests/support/quiet-runtime.ts';

beforeAll(quietRuntime);

/** Starts a workflow, and gives what it comes to. */
async function extract({ client }: ParkingSite, taskQueue = 'extraction'): Promise<() => Promise<unknown>> {
  const handle = await client.workflow.start('extract', { taskQueue, workflowId: taskQueue });
  return () => handle.result();
}

describe('a worker of fixed pollers whose token is refused', () => {
  it.each([{ tls: false }, { tls: true }])(
    'polls Temporal no more, and does its work when the token is good again ($tls)',
    async (options) => {
      await using scene = await openParkingScene(options);
      const site = await scene.openSite();
      const worker = await site.createWorker();
      site.parking.add(worker);
      await whileRunning(scene, [worker], async () => {
        await scene.temporal.until(() => scene.polls() >= 4);
        await park(site, worker);
        const polls = scene.polls();
        await reachTheLot(scene, 4);
        const result = await extract(site);
        expect(scene.polls()).toBe(polls);
        site.watch.say('good');
        expect(scene.lots()[0]?.held).toBe(0);
        expect(await passing(scene, result())).toBe(1);
        expect(worker.getState()).toBe('RUNNING');
        expect(worker.connection).toBe(site.connection);
      });
      expect(scene.events.of('workersParked')).toEqual([{ workers: 1 }]);
      expect(scene.events.names).toEqual(['workersParked', 'workersUnparked']);
      expect(scene.log.text()).toBe(
        'WARN The workers are parked until Temporal takes the access token: they poll nothing\n' +
          'INFO The workers are no longer parked',
      );
    },
  );

  it('is parked again and again in the same lot', async () => {
    await using scene = await openParkingScene();
    const site = await scene.openSite();
    const worker = await site.createWorker();
    site.parking.add(worker);
    await whileRunning(scene, [worker], async () => {
      for (let round = 0; round < 3; round++) {
        await park(site, worker);
        await reachTheLot(scene, 4);
        expect(site.parking.isParked(worker)).toBe(true);
        await scene.clock.advance(5_000);
        expect(scene.lots()[0]?.held).toBeGreaterThanOrEqual(4);
        site.watch.say('good');
        expect(worker.connection).toBe(site.connection);
        expect(site.parking.isParked(worker)).toBe(false);
      }
    });
    expect(scene.lots()).toHaveLength(1);
    const after5s = { workers: 1, parkedMs: 5_000 };
    expect(scene.events.of('workersUnparked')).toEqual([after5s, after5s, after5s]);
  });

  it('is parked while Temporal does not answer too', async () => {
    await using scene = await openParkingScene();
    const site = await scene.openSite();
    const worker = await site.createWorker();
    site.parking.add(worker);
    await whileRunning(scene, [worker], async () => {
      site.watch.say('unreachable');
      await expect.poll(() => worker.connection).not.toBe(site.connection);
      site.watch.say('refused');
      expect(worker.connection).not.toBe(site.connection);
      site.watch.say('good');
      expect(worker.connection).toBe(site.connection);
    });
  });

  it('stays at Temporal when the token is good before the lot is there', async () => {
    await using scene = await openParkingScene();
    const site = await scene.openSite();
    const worker = await site.createWorker();
    site.parking.add(worker);
    await whileRunning(scene, [worker], async () => {
      site.watch.say('refused');
      site.watch.say('good');
      await expect.poll(() => scene.lots()).toHaveLength(1);
      await site.parking.stop();
      expect(worker.connection).toBe(site.connection);
    });
    expect(scene.log.text()).toBe('');
  });

  it('is parked when it was not yet running, and runs when the token is good', async () => {
    await using scene = await openParkingScene();
    const site = await scene.openSite();
    const worker = await site.createWorker();
    site.parking.add(worker);
    await park(site, worker);
    // What it decides by how it works.
    const info = await site.connection.workflowService.getSystemInfo({});
    expect(info.capabilities).toBeTruthy();
    expect(await worker.connection?.workflowService.getSystemInfo({})).toEqual(info);
    await whileRunning(scene, [worker], async () => {
      await expect.poll(() => scene.lots()[0]?.held).toBeGreaterThanOrEqual(2);
      expect(scene.polls()).toBe(0);
      site.watch.say('good');
      expect(await passing(scene, (await extract(site))())).toBe(1);
    });
  });

  it('is parked at once when it is added to others that are', async () => {
    await using scene = await openParkingScene();
    const site = await scene.openSite();
    const first = await site.createWorker();
    site.parking.add(first);
    await park(site, first);
    const second = await site.createWorker({ taskQueue: 'another' });
    site.parking.add(second);
    expect(second.connection).toBe(first.connection);
    await whileRunning(scene, [first, second], async () => {
      site.watch.say('good');
      const results = [await extract(site), await extract(site, 'another')];
      expect(await passing(scene, Promise.all(results.map((result) => result())))).toEqual([1, 1]);
    });
  });

  it('is left at Temporal when it is taken out, whether it was parked or is not yet', async () => {
    await using scene = await openParkingScene();
    const site = await scene.openSite();
    const worker = await site.createWorker();
    const takeOut = site.parking.add(worker);
    await whileRunning(scene, [worker], async () => {
      await park(site, worker);
      takeOut();
      expect(worker.connection).toBe(site.connection);
      site.watch.say('refused');
      expect(worker.connection).toBe(site.connection);
      takeOut();
      await Promise.resolve();
    });
  });

  it('is parked at the next probe when it could not be moved, and the others at once', async () => {
    await using scene = await openParkingScene();
    const site = await scene.openSite();
    const [first, second] = [await site.createWorker(), await site.createWorker({ taskQueue: 'another' })];
    site.parking.add(first);
    site.parking.add(second);
    const move = vi.spyOn(first, 'connection', 'set').mockImplementationOnce(() => {
      throw new Error('Worker not found');
    });
    await park(site, second);
    expect(scene.log.matching('could not be moved')).toMatchObject([
      {
        level: 'ERROR',
        message: 'A worker could not be moved: Worker not found',
        meta: { taskQueue: 'extraction' },
      },
    ]);
    expect(first.connection).toBe(site.connection);
    move.mockRestore();
    site.watch.say('refused');
    expect(first.connection).toBe(second.connection);
    const ends = [first, second].map((worker) => worker.runUntil(Promise.resolve()));
    await passing(scene, Promise.all(ends));
  });

  it('does not disturb the workers of another connection', async () => {
    await using scene = await openParkingScene();
    const [here, there] = [await scene.openSite(), await scene.openSite()];
    const [parked, working] = [await here.createWorker(), await there.createWorker({ taskQueue: 'another' })];
    here.parking.add(parked);
    there.parking.add(working);
    await whileRunning(scene, [parked, working], async () => {
      await park(here, parked);
      expect(await (await extract(there, 'another'))()).toBe(1);
      await park(there, working);
      expect(scene.lots()).toHaveLength(2);
      there.watch.say('good');
      expect(working.connection).toBe(there.connection);
      expect(parked.connection).not.toBe(here.connection);
      here.watch.say('good');
    });
  });
});

describe('Parking.open()', () => {
  it('opens no lot before it is needed', async () => {
    await using scene = await openParkingScene();
    const site = await scene.openSite();
    site.watch.say('good');
    await site.parking.stop();
    expect(scene.lots()).toEqual([]);
  });

  it('fails when Temporal does not say what it can do', async () => {
    await using scene = await openParkingScene();
    const { watch, connection } = await scene.openSite();
    scene.temporal.failWith('permissionDenied', 'GetSystemInfo');
    await expect(scene.openParking(watch, connection)).rejects.toMatchObject({ code: 7 });
  });

  it('parks at once when the token is known to be bad already', async () => {
    await using scene = await openParkingScene();
    const site = await scene.openSite();
    site.watch.say('refused');
    const parking = await scene.openParking(site.watch, site.connection);
    const worker = await site.createWorker();
    parking.add(worker);
    await expect.poll(() => worker.connection).not.toBe(site.connection);
    await passing(scene, worker.runUntil(Promise.resolve()));
  });

  it('tells the log when no lot can be had, and tries again at the next probe', async () => {
    await using scene = await openParkingScene();
    const site = await scene.openSite();
    const worker = await site.createWorker();
    site.parking.add(worker);
    scene.failToOpen(new Error('EMFILE: too many open files'));
    site.watch.say('refused');
    await expect.poll(() => scene.log.text()).not.toBe('');
    expect(scene.log.text()).toBe('ERROR The workers could not be parked: EMFILE: too many open files');
    await park(site, worker);
    await passing(scene, worker.runUntil(Promise.resolve()));
  });
});

describe('Parking.stop()', () => {
  it('leaves nothing open', async () => {
    await using scene = await openParkingScene();
    const site = await scene.openSite();
    const worker = await site.createWorker();
    site.parking.add(worker);
    await whileRunning(scene, [worker], async () => {
      await scene.temporal.until(() => scene.polls() >= 4);
      await park(site, worker);
      await reachTheLot(scene, 4);
    });
    const address = scene.lots()[0]?.address ?? '';
    expect(await isListening(address)).toBe(true);
    const first = site.parking.stop();
    expect(site.parking.stop()).toBe(first);
    await first;
    expect(await isListening(address)).toBe(false);
    expect(scene.clock.pendingTimers).toBe(0);
    site.watch.say('refused');
    await site.parking.stop();
    expect(scene.lots()).toHaveLength(1);
  });

  it('closes the lot under a worker that is still there, and does not move it', async () => {
    await using scene = await openParkingScene();
    const site = await scene.openSite();
    const worker = await site.createWorker();
    site.parking.add(worker);
    await whileRunning(scene, [worker], async () => {
      await park(site, worker);
      const address = scene.lots()[0]?.address ?? '';
      await site.parking.stop();
      expect(await isListening(address)).toBe(false);
      site.watch.say('good');
      expect(worker.connection).not.toBe(site.connection);
      worker.connection = site.connection;
    });
  });

  it('closes a lot that is being opened', async () => {
    await using scene = await openParkingScene();
    const site = await scene.openSite();
    const worker = await site.createWorker();
    site.parking.add(worker);
    site.watch.say('refused');
    const close = vi.spyOn(ParkingLot.prototype, 'close');
    await site.parking.stop();
    expect(close.mock.contexts).toEqual(scene.lots());
    expect(scene.lots()).toHaveLength(1);
    expect(worker.connection).toBe(site.connection);
    await worker.runUntil(Promise.resolve());
  });
});
