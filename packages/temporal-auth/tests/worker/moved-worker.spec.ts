import type { NativeConnection, Worker } from '@temporalio/worker';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { describe, expect, it } from 'vitest';
import { followWithClient, moveWorker } from '../../src/worker/connection-replacer.ts';

const connection = { name: 'next' } as unknown as NativeConnection;

function workerThat(state: ReturnType<Worker['getState']>): Worker {
  return { options: { taskQueue: 'extraction' }, getState: () => state } as unknown as Worker;
}

describe('moveWorker', () => {
  it.each(['INITIALIZED', 'RUNNING', 'STOPPING', 'DRAINING'] as const)(
    'gives a worker that is %s another connection',
    (state) => {
      const worker = workerThat(state);
      moveWorker(worker, connection, new RecordingLogger());
      expect(worker.connection).toBe(connection);
    },
  );

  it.each(['DRAINED', 'STOPPED', 'FAILED'] as const)('leaves one that is %s where it is', (state) => {
    const worker = workerThat(state);
    moveWorker(worker, connection, new RecordingLogger());
    expect(worker.connection).toBeUndefined();
  });

  it('tells the log when it takes none, and goes on', () => {
    const log = new RecordingLogger();
    const set = (next: NativeConnection): void => {
      throw new Error(next === connection ? 'Worker not found' : 'Not this one');
    };
    moveWorker(Object.defineProperty(workerThat('RUNNING'), 'connection', { set }), connection, log);
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
