import { Client } from '@temporalio/client';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { FakeClock } from '@worker-auth/testing-fakes';
import { beforeAll, describe, expect, it } from 'vitest';
import { pluginOf, taskQueue, workflowBundle } from '../tests/support/plugin-scene.ts';
import { quietRuntime } from '../tests/support/quiet-runtime.ts';
import { refuseFirstToken } from '../tests/support/refuse-first-token.ts';
import { openScene, passUntil, settled } from '../tests/support/scene.ts';

beforeAll(quietRuntime);

const type = 'simple-maximum';
const options: WorkerOptions = {
  ...{ taskQueue, workflowBundle, activities: { countRows: () => Promise.resolve(42) } },
  ...{ workflowTaskPollerBehavior: { type }, activityTaskPollerBehavior: { type } },
  nexusTaskPollerBehavior: { type },
};

describe('temporalAuth({ parking: true })', () => {
  it('parks a worker while Temporal refuses the token, also one that is given the plugin twice', async () => {
    await using scene = await openScene();
    await using auth = pluginOf(scene, { parking: true });
    const told: string[] = [];
    auth.on('workersParked', () => told.push('parked'));
    auth.on('health', ({ temporal }) => told.push(temporal.state));
    const client = new Client({ plugins: [auth] });
    const worker = await Worker.create({ ...options, plugins: [auth, auth] });
    expect(worker.options.nonStickyToStickyPollRatio).toBe(0.5);
    const { connection } = worker;
    const health = { taskQueue, state: 'RUNNING', isParked: false, restarts: 0 };
    const running = worker.runUntil(async (): Promise<unknown> => {
      await passUntil(scene, () => auth.health().temporal.state === 'good');
      expect(auth.health()).toMatchObject({ state: 'loaded', auth: { state: 'valid' }, workers: [health] });
      const release = refuseFirstToken(scene);
      await passUntil(scene, () => worker.connection !== connection);
      expect(auth.health()).toMatchObject({
        ...{ temporal: { state: 'refused' }, workers: [{ ...health, isParked: true }] },
      });
      release();
      await passUntil(scene, () => worker.connection === connection);
      return (await client.workflow.execute('extract', { taskQueue, workflowId: 'extract' })) as unknown;
    });
    expect(await settled(scene, running)).toBe(42);
    expect(told).toEqual(['good', 'refused', 'parked', 'good']);
    expect(auth.health().workers).toEqual([]);
    await auth.close();
    expect(auth.health().state).toBe('closed');
    await client.connection.close();
    await scene.temporal.until(() => scene.temporal.openConnections === 0);
  });

  it('closes the connection of a worker that ends while it is parked', async () => {
    const temporalClock = new FakeClock();
    await using scene = await openScene({ clock: temporalClock });
    await using auth = pluginOf(scene, { parking: true });
    const worker = await Worker.create({ ...options, plugins: [auth] });
    const { connection } = worker;
    let hasEnded = false;
    const running = worker.run().finally(() => {
      hasEnded = true;
    });
    const release = refuseFirstToken(scene);
    await passUntil(scene, () => worker.connection !== connection);
    worker.shutdown();
    await passUntil(scene, () => {
      // Temporal ends the last polls there after a minute.
      void temporalClock.advance(10_000);
      return hasEnded;
    });
    await running;
    expect(worker.connection).not.toBe(connection);
    await scene.temporal.until(() => scene.temporal.openConnections === 0);
    release();
  });

  it('parks no worker where it is not asked to', async () => {
    await using scene = await openScene();
    await using auth = pluginOf(scene);
    const worker = await Worker.create({ ...options, plugins: [auth] });
    const { connection } = worker;
    const running = worker.runUntil(async () => {
      const release = refuseFirstToken(scene);
      await passUntil(scene, () => scene.log.matching('Temporal refuses the access token').length > 0);
      expect(worker.connection).toBe(connection);
      release();
      await passUntil(scene, () => scene.log.matching('takes the access token again').length > 0);
    });
    await settled(scene, running);
    expect(scene.log.matching('parked')).toEqual([]);
  });
});
