import type { NativeConnection, Worker } from '@temporalio/worker';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { followWithClient, hasEnded, moveWorker } from '../../src/worker/moved-worker.ts';

const connection = { name: 'next' } as unknown as NativeConnection;

describe('hasEnded', () => {
  it.each([
    ['INITIALIZED', false],
    ['RUNNING', false],
    ['STOPPING', false],
    ['DRAINING', false],
    ['DRAINED', true],
    ['STOPPED', true],
    ['FAILED', true],
  ] as const)('of a worker that is %s', (state, expected) => {
    expect(hasEnded({ getState: () => state })).toBe(expected);
  });
});

describe('moveWorker', () => {
  it('gives the worker another connection', () => {
    const worker = { options: { taskQueue: 'extraction' } } as unknown as Worker;
    const log = new RecordingLogger();
    moveWorker(worker, connection, log);
    expect(worker.connection).toBe(connection);
    expect(log.entries).toEqual([]);
  });

  it('tells the log when it takes none, and goes on', () => {
    const log = new RecordingLogger();
    const worker = {
      options: { taskQueue: 'extraction' },
      set connection(next: NativeConnection) {
        throw new Error(next === connection ? 'Worker not found' : 'Not this one');
      },
    } as unknown as Worker;
    moveWorker(worker, connection, log);
    expect(log.entries).toEqual([
      {
        level: 'ERROR',
        message: 'A worker could not be moved: Worker not found',
        meta: { taskQueue: 'extraction' },
      },
    ]);
  });
});

describe('followWithClient', () => {
  const payloadCodecs = [{ encode: () => Promise.resolve([]), decode: () => Promise.resolve([]) }];

  function workerWith(dataConverter?: object): Worker {
    const interceptors = { client: { workflow: [{ marked: true }] } };
    const options = { namespace: 'ours', identity: 'worker@host', interceptors, dataConverter };
    return { options } as unknown as Worker;
  }

  it('gives activities a client of the worker’s options on the connection', () => {
    const worker = workerWith({ payloadCodecs });
    followWithClient(worker, connection);
    expect(worker.client).toMatchObject({
      connection,
      options: {
        ...{ namespace: 'ours', identity: 'worker@host', loadedDataConverter: { payloadCodecs } },
        interceptors: { workflow: [{ marked: true }] },
      },
    });
  });

  it('can be done again, and leaves the converter to Temporal where the worker has none', () => {
    const worker = workerWith();
    followWithClient(worker, {} as unknown as NativeConnection);
    followWithClient(worker, connection);
    expect(worker.client).toMatchObject({
      connection,
      options: { loadedDataConverter: { payloadCodecs: [] } },
    });
  });
});
