import type { NativeConnection, Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { followWithClient } from '../../src/worker/connection-replacer.ts';

const connection = { name: 'next' } as unknown as NativeConnection;

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
});
