import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { workflowBundle } from '../../tests/support/workflow-bundle.ts';
import { failWorker, hangWorker, runningWorker, watchCreations } from '../../tests/support/failing-worker.ts';
import { quietRuntime } from '../../tests/support/quiet-runtime.ts';
import { isSettled, openScene, passUntil, rejection, settled } from '../../tests/support/scene.ts';

beforeAll(quietRuntime);
afterEach(() => {
  vi.restoreAllMocks();
});

/** Of Temporal's worker, and nobody else's. */
interface WorkflowThreads {
  readonly workerThreadClients: readonly { readonly workerExited: boolean }[];
}

const activities = { countRows: () => Promise.resolve(42) };

describe('runWorker()', () => {
  it('loads the client, and runs until it is shut down by its signal', async () => {
    await using scene = await openScene();
    const creations = watchCreations();
    const leaving = new AbortController();
    const client = scene.createClient();
    const running = client.runWorker({ workflowBundle, activities, signal: leaving.signal });
    const worker = await runningWorker(creations, 1);
    const { handle } = await client.startWorkflow('extract');
    expect(await handle.result()).toBe(42);
    leaving.abort();
    await settled(scene, running);
    expect(worker.getState()).toBe('STOPPED');
  });

  it('replaces a worker that has failed by another on a new connection, and work goes on', async () => {
    await using scene = await openScene();
    const creations = watchCreations();
    const client = scene.createClient();
    await client.load();
    const running = client.runWorker({ workflowBundle, activities });
    const first = await runningWorker(creations, 1);
    const { connectionsSeen } = scene.temporal;
    const received: unknown[] = [];
    client.on('workerFailed', (event) => received.push({ ...event, health: client.health().workers }));
    client.on('workerStarted', (event) => received.push(event));
    const taskQueue = 'postgres-extraction';
    const health = { taskQueue, state: 'RUNNING', restarts: 0 };
    expect(client.health().workers).toEqual([health]);
    failWorker(first);
    await passUntil(scene, () => received.length > 0);
    await passUntil(scene, () => creations.mock.calls.length > 1);
    const second = await runningWorker(creations, 2);
    const { handle } = await client.startWorkflow('extract');
    expect(await handle.result()).toBe(42);
    expect(second).not.toBe(first);
    expect(first.getState()).toBe('FAILED');
    expect(client.health().workers).toEqual([{ ...health, restarts: 1 }]);
    expect(received).toMatchObject([
      {
        taskQueue,
        error: { code: 'TEMPORAL_AUTH_CALL_REJECTED' },
        failures: 1,
        health: [{ ...health, state: 'WAITING' }],
      },
      { taskQueue, attempt: 2 },
    ]);
    expect(scene.temporal.connectionsSeen).toBe(connectionsSeen + 1);
    await settled(scene, client.close());
    await settled(scene, running);
  });

  it('takes a new connection when Core keeps the place of the failed worker on the old one', async () => {
    await using scene = await openScene();
    const creations = watchCreations();
    const client = scene.createClient();
    await client.load();
    // It keeps the connection that both have.
    await client.createWorker({ activities, taskQueue: 'other' });
    const running = client.runWorker({ activities });
    const failures: string[] = [];
    client.on('workerFailed', ({ error }) => failures.push(String(error)));
    failWorker(await runningWorker(creations, 2), { keepsPlace: true });
    await passUntil(scene, () => creations.mock.calls.length > 3);
    await runningWorker(creations, 4);
    expect(failures[1]).toMatch(/Registration of multiple/);
    await settled(scene, client.close());
    await settled(scene, running);
  });

  it('waits out that Temporal rejects the new worker, and leaves none of its connections behind', async () => {
    await using scene = await openScene();
    const creations = watchCreations();
    const client = scene.createClient();
    const running = client.runWorker({ activities });
    failWorker(await runningWorker(creations, 1));
    await passUntil(scene, () => creations.mock.calls.length > 1);
    const second = await runningWorker(creations, 2);
    const { openConnections } = scene.temporal;
    // Of a namespace that it has seen, Core asks on a new connection alone.
    scene.temporal.failWith('permissionDenied', 'DescribeNamespace');
    failWorker(second);
    let [failed, started] = [0, 0];
    client.on('workerFailed', () => failed++);
    client.on('workerStarted', () => started++);
    await passUntil(scene, () => failed > 2);
    expect(await isSettled(running)).toBe(false);
    scene.temporal.recover();
    await passUntil(scene, () => started > 0);
    await scene.temporal.until(() => scene.temporal.openConnections === openConnections + 1);
    await settled(scene, client.close());
    await settled(scene, running);
    await scene.temporal.until(() => scene.temporal.openConnections === 0);
  });

  it('ends with the true reason when too many have failed', async () => {
    await using scene = await openScene();
    const creations = watchCreations();
    const client = scene.createClient();
    const running = rejection(client.runWorker({ activities, maxConsecutiveFailures: 1 }));
    failWorker(await runningWorker(creations, 1));
    expect(await running).toMatchObject({
      kind: 'authentication',
      code: 'TEMPORAL_AUTH_WORKER_FAILED',
      message: expect.stringContaining('for namespace "default": Request unauthorized.') as string,
      cause: { code: 'TEMPORAL_AUTH_CALL_REJECTED' },
    });
    expect(client.health().workers).toMatchObject([{ state: 'FAILED' }]);
    const again = client.runWorker({ activities });
    await passUntil(scene, () => client.health().workers.some(({ state }) => state === 'RUNNING'));
    expect(client.health().workers).toHaveLength(1);
    await settled(scene, client.close());
    await settled(scene, again);
  });
});

describe('close()', () => {
  it('shuts no supervised worker down while one of the user runs: it is rejected', async () => {
    await using scene = await openScene();
    const creations = watchCreations();
    const client = scene.createClient();
    await client.load();
    const ownWorker = await client.createWorker({ activities, taskQueue: 'own' });
    const ownRun = ownWorker.run();
    const running = client.runWorker({ activities });
    const worker = await runningWorker(creations, 2);
    await expect(client.close()).rejects.toMatchObject({ code: 'TEMPORAL_AUTH_WORKERS_RUNNING' });
    expect(worker.getState()).toBe('RUNNING');
    ownWorker.shutdown();
    await ownRun;
    await settled(scene, client.close());
    await settled(scene, running);
  });

  it.each([true, false])(
    'gives up the connection that a failed worker holds for ever, and says so (authentication on: %s)',
    async (authEnabled) => {
      await using scene = await openScene({ acceptToken: () => true });
      const creations = watchCreations();
      const client = scene.createClient({ authEnabled });
      await client.load();
      const worker = await client.createWorker({ activities });
      const running = rejection(worker.run());
      const release = hangWorker(await runningWorker(creations, 1));
      await settled(scene, client.close());
      await settled(scene, running);
      expect(scene.log.entries.at(-1)).toMatchObject({
        level: 'WARN',
        message: expect.stringContaining('still holds its connection') as string,
      });
      expect(scene.clock.pendingTimers).toBe(0);
      release();
    },
  );

  it('is not kept from its end by a supervised worker that hangs, whose threads have ended', async () => {
    await using scene = await openScene();
    const creations = watchCreations();
    const client = scene.createClient();
    const running = client.runWorker({ workflowBundle, activities });
    const first = await runningWorker(creations, 1);
    const release = hangWorker(first);
    await settled(scene, expect.poll(() => creations.mock.calls.length).toBe(2));
    await runningWorker(creations, 2);
    const { workerThreadClients } = Reflect.get(first, 'workflowCreator') as WorkflowThreads;
    await expect.poll(() => workerThreadClients.map(({ workerExited }) => workerExited)).toEqual([true]);
    await settled(scene, client.close());
    await settled(scene, running);
    expect(scene.log.matching('still holds its connection')).toHaveLength(1);
    release();
  });

  it('does not hide why runWorker() ended, though the failed worker hangs', async () => {
    await using scene = await openScene();
    const creations = watchCreations();
    const client = scene.createClient();
    const work = async (): Promise<void> => {
      try {
        await client.runWorker({ activities, maxConsecutiveFailures: 1 });
      } finally {
        await settled(scene, client.close());
      }
    };
    const working = rejection(work());
    const release = hangWorker(await runningWorker(creations, 1));
    expect(await settled(scene, working)).toMatchObject({
      code: 'TEMPORAL_AUTH_WORKER_FAILED',
      cause: { code: 'TEMPORAL_AUTH_CALL_REJECTED' },
    });
    release();
  });
});
