import { Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { FakeTemporalFrontend, tokenFingerprint } from '../../src/index.ts';
import { bundleGreetings, quietRuntime, runWorker } from '../support/real-worker.ts';

beforeAll(quietRuntime);

const workflowBundle = await bundleGreetings();
const activities = { greet: (name: string) => Promise.resolve(`Hello, ${name}`) };

describe('a worker and a client of the SDK', () => {
  it('connect, poll and complete', async () => {
    await using frontend = await FakeTemporalFrontend.start();
    await using real = await runWorker(frontend.address, 'good', { workflowBundle, activities });
    const result = real.client.workflow.execute('greeting', {
      taskQueue: 'greetings',
      workflowId: 'one',
      args: ['you'],
    });
    await expect(result).resolves.toBe('Hello, you');
  });

  it('do so over TLS', async () => {
    await using frontend = await FakeTemporalFrontend.start({ tls: true });
    const tls = { serverRootCACertificate: Buffer.from(frontend.caCertificate ?? '') };
    const native = await NativeConnection.connect({
      address: `localhost:${frontend.port}`,
      apiKey: 'good',
      tls,
    });
    await expect(native.workflowService.listNamespaces({})).resolves.toMatchObject({
      namespaces: [{ namespaceInfo: { name: 'default' } }],
    });
    await native.close();
  });

  it('are rejected with a token that is not accepted', async () => {
    await using frontend = await FakeTemporalFrontend.start({ acceptToken: ['good'] });
    const { address } = frontend;
    await expect(NativeConnection.connect({ address, apiKey: 'bad', tls: false })).rejects.toThrow(
      'The caller does not have permission',
    );
    await expect(Connection.connect({ address, apiKey: 'bad', tls: false })).rejects.toMatchObject({
      cause: { code: 7, details: 'Request unauthorized.' },
    });
    expect(frontend.calls.map(({ reason }) => reason)).toEqual(['unaccepted-token', 'unaccepted-token']);
  });

  it('go on with another token when the first is no longer accepted', async () => {
    const accepted = ['first'];
    await using frontend = await FakeTemporalFrontend.start({
      acceptToken: (token) => accepted.includes(token ?? ''),
    });
    await using real = await runWorker(frontend.address, 'first', { workflowBundle, activities });
    await real.client.workflow.execute('greeting', {
      taskQueue: 'greetings',
      workflowId: 'one',
      args: ['you'],
    });
    accepted[0] = 'second';
    await real.native.setApiKey('second');
    real.connection.setApiKey('second');
    await real.client.workflow.execute('greeting', {
      taskQueue: 'greetings',
      workflowId: 'two',
      args: ['you'],
    });
    expect(frontend.tokensOf('RespondActivityTaskCompleted')).toEqual(
      ['first', 'second'].map((token) => tokenFingerprint(token)),
    );
  });

  it('end cleanly: the worker’s polls are answered, and its connection is closed', async () => {
    await using frontend = await FakeTemporalFrontend.start();
    {
      await using real = await runWorker(frontend.address, 'good', { workflowBundle, activities });
      await frontend.nextCall('Poll*');
      real.worker.shutdown();
      await real.running;
      expect(real.worker.getState()).toBe('STOPPED');
    }
    await frontend.until(() => frontend.openConnections === 0);
    expect(frontend.connectionsSeen).toBe(2);
    expect(frontend.passed.get('ShutdownWorker')).toBe(1);
  });
});
