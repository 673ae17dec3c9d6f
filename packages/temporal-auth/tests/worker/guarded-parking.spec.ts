import type { NativeConnection, Worker } from '@temporalio/worker';
import { describe, expect, it, vi } from 'vitest';
import { Parking } from '../../src/worker/parking/parking.ts';
import { FakeConnection, native, openGuardedScene } from '../support/fake-guarded.ts';
import { FakeMovedWorker } from '../support/fake-parking.ts';

/** A parking that is told of workers. */
function fakeParking() {
  const added: Worker[] = [];
  const parking = {
    add: (worker: Worker) => void added.push(worker),
    isParked: (worker: Worker) => added.includes(worker),
    stop: () => Promise.resolve(),
  };
  const open = vi.spyOn(Parking, 'open').mockResolvedValue(parking as unknown as Parking);
  return { added, open };
}

describe('a worker on a guarded connection', () => {
  it.each([[true], [false]])('is parked from when it runs, once, if it is to be (%s)', async (isParkable) => {
    const { added, open } = fakeParking();
    const { connections } = openGuardedScene({ isParkable });
    const connection = native(new FakeConnection());
    const options = await connections.guarded({ taskQueue: 'extraction', connection });
    const made = new FakeMovedWorker(options.connection as NativeConnection);
    Object.assign(made.options, { interceptors: options.interceptors });
    const worker = made as unknown as Worker;
    expect(added).toEqual([]);
    connections.follow(worker);
    connections.follow(worker);
    expect(added).toEqual(isParkable ? [worker] : []);
    expect(open).toHaveBeenCalledTimes(isParkable ? 1 : 0);
    expect(connections.health().workers).toMatchObject([{ isParked: isParkable }]);
    await connections.stop();
  });
});
