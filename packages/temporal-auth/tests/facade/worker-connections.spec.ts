import { beforeEach, describe, expect, it } from 'vitest';
import { WorkerConnections } from '../../src/facade/worker-connections.ts';
import type { WatchedConnection } from '../../src/worker/watched-connection.ts';
import { rejection } from '../support/scene.ts';

const held = new Error('Cannot close connection while Workers hold a reference to it');

let opened: WatchedConnection[];
/** What happened to which connection. */
let events: string[];
/** What closing the connection of this number throws. */
let complaints: (Error | undefined)[];
let unreachable: Error | undefined;
let connections: WorkerConnections;

beforeEach(() => {
  [opened, events, complaints, unreachable] = [[], [], [], undefined];
  connections = new WorkerConnections(() => {
    if (unreachable !== undefined) return Promise.reject(unreachable);
    const number = opened.length;
    const native = {
      close: () => {
        const complaint = complaints[number];
        if (complaint !== undefined) return Promise.reject(complaint);
        events.push(`${number} closed`);
        return Promise.resolve();
      },
      giveUp: () => {
        events.push(`${number} given up`);
        return Promise.resolve();
      },
    } as WatchedConnection;
    opened.push(native);
    return Promise.resolve(native);
  });
});

const ignore = (): void => undefined;

describe('WorkerConnections', () => {
  it('opens one for all', async () => {
    const both = await Promise.all([connections.take(), connections.take()]);
    expect(both).toEqual([opened[0], opened[0]]);
    expect(opened).toHaveLength(1);
  });

  it('opens another one in place of that which is named, once for all who name it', async () => {
    const first = await connections.take();
    const others = await Promise.all([connections.take(first), connections.take(first)]);
    expect(others).toEqual([opened[1], opened[1]]);
    expect(await connections.take(first)).toBe(opened[1]);
    expect(await connections.take()).toBe(opened[1]);
    expect(opened).toHaveLength(2);
    expect(events).toEqual([]);
  });

  it('tries again after one could not be opened', async () => {
    unreachable = new Error('not there');
    expect(await rejection(connections.take())).toBe(unreachable);
    unreachable = undefined;
    expect(await connections.take()).toBe(opened[0]);
  });

  it('drops one: the next worker gets another', async () => {
    await connections.drop(await connections.take());
    expect(events).toEqual(['0 closed']);
    expect(await connections.take()).toBe(opened[1]);
    await connections.close(ignore);
    expect(events).toEqual(['0 closed', '1 closed']);
  });

  it('drops one that is not used any more, and leaves that in use alone', async () => {
    const first = await connections.take();
    const second = await connections.take(first);
    await connections.drop(first);
    expect(await connections.take()).toBe(second);
  });

  it('keeps one that it could not drop, for the end', async () => {
    complaints = [held];
    await connections.drop(await connections.take());
    expect(events).toEqual([]);
    complaints = [];
    await connections.close(ignore);
    expect(events).toEqual(['0 closed']);
  });

  it('closes them all, those that were replaced too', async () => {
    await connections.take(await connections.take());
    await connections.close(ignore);
    expect(events).toEqual(['0 closed', '1 closed']);
    await connections.close(ignore);
    expect(events).toHaveLength(2);
  });

  it('closes nothing when none was opened, or could be', async () => {
    await connections.close(ignore);
    unreachable = new Error('not there');
    connections.take().catch(ignore);
    await connections.close(ignore);
    expect(events).toEqual([]);
  });

  it('gives up one that a worker holds, says so once, and closes the rest', async () => {
    complaints = [held];
    let left = 0;
    await connections.take(await connections.take());
    await connections.close(() => left++);
    expect(events).toEqual(['0 given up', '1 closed']);
    await connections.close(() => left++);
    expect(left).toBe(1);
  });

  it('says what else went wrong, and may be closed again then', async () => {
    const stuck = new Error('stuck');
    complaints = [stuck];
    await connections.take();
    expect(await rejection(connections.close(ignore))).toBe(stuck);
    expect(events).toEqual([]);
    complaints = [];
    await connections.close(ignore);
    expect(events).toEqual(['0 closed']);
  });
});
