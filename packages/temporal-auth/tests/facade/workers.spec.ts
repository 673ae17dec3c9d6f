import { NativeConnection } from '@temporalio/worker';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { isSettled, openScene, rejection, settled } from '../support/scene.ts';

beforeAll(quietRuntime);

const activities = { countRows: () => Promise.resolve(1) };

describe('createWorker()', () => {
  it('opens one native connection for all workers, with the token and the metadata', async () => {
    await using scene = await openScene();
    const client = await scene.loadClient({ metadata: { 'x-tenant': 'a' }, namespace: 'extraction' });
    await client.createWorker({ activities });
    await client.createWorker({ activities, taskQueue: 'another' });
    const [token] = scene.issuedFingerprints();
    expect(scene.temporal.tokensOf('GetSystemInfo')).toEqual([token, token]);
    expect(scene.temporal.calls.every(({ metadata }) => metadata['x-tenant'] === 'a')).toBe(true);
  });

  it('keeps the connection on the newest token', async () => {
    await using scene = await openScene();
    const client = await scene.loadClient();
    const worker = await client.createWorker({ activities });
    const pushed = vi.spyOn(NativeConnection.prototype, 'setApiKey');
    const token = await client.auth.refreshToken();
    await expect.poll(() => pushed.mock.calls).toEqual([[token]]);
    const asked = scene.temporal.nextCall('PollActivityTaskQueue');
    const running = worker.run();
    await asked;
    expect(scene.temporal.tokensOf('PollActivityTaskQueue')[0]).toBe(scene.issuedFingerprints()[1]);
    worker.shutdown();
    await running;
  });

  it('gets another token when the one that Temporal has accepted before is rejected meanwhile', async () => {
    await using scene = await openScene();
    const client = await scene.loadClient({ newTokenTimeoutMs: undefined });
    scene.temporal.injectFault('permissionDenied', { token: 1 });
    const worker = await settled(scene, client.createWorker({ activities }));
    expect(worker.getState()).toBe('INITIALIZED');
    expect(scene.issuedFingerprints()).toHaveLength(2);
  });

  it('has the names of the source document: task queue and limit of activities', async () => {
    await using scene = await openScene();
    const client = await scene.loadClient();
    const worker = await client.createWorker({
      activities,
      maxConcurrentActivities: 3,
      taskQueue: undefined,
    });
    expect(worker.options.taskQueue).toBe('postgres-extraction');
    expect(worker.options.tuner).toMatchObject({ activityTaskSlotSupplier: { numSlots: 3 } });
    const both = { activities, maxConcurrentActivities: 3, maxConcurrentActivityTaskExecutions: 3 };
    await expect(client.createWorker(both)).rejects.toThrow(
      'Give maxConcurrentActivities or maxConcurrentActivityTaskExecutions, not both',
    );
  });

  it.each(['connection', 'namespace'])(
    'is rejected with a %s of its own, as it has that of its client',
    async (name) => {
      await using scene = await openScene();
      const client = await scene.loadClient();
      await expect(client.createWorker({ activities, [name]: 'another' })).rejects.toThrow(
        new TypeError(`createWorker takes no ${name}: a worker has that of its client`),
      );
      const worker = await client.createWorker({ activities, [name]: undefined });
      expect(worker.options.namespace).toBe('default');
    },
  );

  it('gives up when Temporal takes the connection and does not answer, and closes it when that comes late', async () => {
    await using scene = await openScene();
    const client = await scene.loadClient({ connectTimeoutMs: 3_000, bootTimeoutMs: 0 });
    const release = scene.temporal.hold();
    const asked = scene.temporal.nextCall('GetSystemInfo');
    const creating = client.createWorker({ activities });
    await asked;
    await scene.clock.advance(2_999);
    expect(await isSettled(creating)).toBe(false);
    const failed = rejection(creating);
    await scene.clock.advance(1);
    expect(await failed).toMatchObject({
      code: 'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE',
      message: expect.stringContaining('did not answer within 3000 ms') as string,
    });
    const clientConnections = 1;
    expect(scene.temporal.openConnections).toBe(clientConnections + 1);
    release();
    await scene.temporal.until(() => scene.temporal.openConnections === clientConnections);
  });

  it.each(['GetSystemInfo', 'DescribeNamespace'])(
    'says why when %s is rejected, shows no part of a token, and tries again the next time',
    async (rejected) => {
      await using scene = await openScene();
      const client = await scene.loadClient();
      const part = scene.oauth.issuedTokens[0]?.slice(-60, -20) ?? '';
      scene.temporal.failWith({ status: 'PERMISSION_DENIED', message: `no: ${part}` }, rejected);
      const error = (await rejection(client.createWorker({ activities }))) as Error;
      expect(error).toMatchObject({ kind: 'authentication', code: 'TEMPORAL_AUTH_CALL_REJECTED' });
      expect(error.message).not.toContain(part);
      scene.temporal.recover();
      const worker = await client.createWorker({ activities });
      expect(worker.getState()).toBe('INITIALIZED');
    },
  );
});
