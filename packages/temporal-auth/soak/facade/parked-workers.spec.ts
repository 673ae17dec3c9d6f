import type { WorkerOptions } from '@temporalio/worker';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ParkingLot } from '../../src/worker/parking/parking-lot.ts';
import { bundleWorkflows } from '../../tests/support/bundle-workflows.ts';
import { gatedActivity } from '../../tests/support/gated-activity.ts';
import { isListening } from '../../tests/support/is-listening.ts';
import { quietRuntime } from '../../tests/support/quiet-runtime.ts';
import { refuseFirstToken } from '../../tests/support/refuse-first-token.ts';
import { openScene, passUntil, rejection, settled } from '../../tests/support/scene.ts';

beforeAll(quietRuntime);

const workflowBundle = await bundleWorkflows('extract-workflow.ts');
const activities = { countRows: () => Promise.resolve(1) };
const type = 'simple-maximum';
const fixedPollers: Partial<WorkerOptions> = {
  workflowTaskPollerBehavior: { type },
  activityTaskPollerBehavior: { type },
  nexusTaskPollerBehavior: { type },
};
const parked = 'The workers are parked';

describe('createWorker({ parking: true })', () => {
  it('makes a worker that is parked while Temporal refuses the token, and works on with the next', async () => {
    await using scene = await openScene();
    const opened = vi.spyOn(ParkingLot, 'open');
    const client = scene.createClient();
    await client.load();
    const told: string[] = [];
    client.on('workersParked', ({ workers }) => told.push(`parked ${workers}`));
    client.on('workersUnparked', ({ workers }) => told.push(`unparked ${workers}`));
    const worker = await client.createWorker({ ...fixedPollers, workflowBundle, activities, parking: true });
    const { connection } = worker;
    await worker.runUntil(async () => {
      const release = refuseFirstToken(scene);
      await passUntil(scene, () => scene.log.matching(parked).length > 0);
      expect(worker.connection).not.toBe(connection);
      expect(client.health().workers).toMatchObject([{ state: 'RUNNING', isParked: true }]);
      release();
      await passUntil(scene, () => worker.connection === connection);
      expect(client.health().workers).toMatchObject([{ state: 'RUNNING', isParked: false }]);
      const { handle } = await client.startWorkflow('extract');
      expect(await handle.result()).toBe(1);
    });
    expect(told).toEqual(['parked 1', 'unparked 1']);
    const { address } = (await opened.mock.results[0]?.value) as ParkingLot;
    expect(await isListening(address)).toBe(true);
    await settled(scene, client.close());
    expect(await isListening(address)).toBe(false);
    await scene.temporal.until(() => scene.temporal.openConnections === 0);
    expect(scene.clock.pendingTimers).toBe(0);
  });

  it('has a hundred activity results that ended while it was parked, each once', async () => {
    const count = 100;
    await using scene = await openScene();
    const client = scene.createClient();
    await client.load();
    const { activities, runs, end } = gatedActivity();
    const worker = await client.createWorker({ ...fixedPollers, workflowBundle, activities, parking: true });
    const { connection } = worker;
    await worker.runUntil(async () => {
      const workflowId = (at: number): string => `extract-${at}`;
      const started = await Promise.all(
        Array.from({ length: count }, (_, at) =>
          client.startWorkflow('extract', { workflowId: workflowId(at) }),
        ),
      );
      await expect.poll(runs).toBe(count);
      const release = refuseFirstToken(scene);
      await passUntil(scene, () => worker.connection !== connection);
      end(42);
      release();
      const results = Promise.all(started.map(({ handle }) => handle.result()));
      await passUntil(scene, () => worker.connection === connection);
      expect(new Set(await settled(scene, results))).toEqual(new Set([42]));
    });
    expect(runs()).toBe(count);
    expect(scene.temporal.passed.get('RespondActivityTaskCompleted')).toBe(count);
  });

  it('says why when Temporal does not say what it can do, and works the next time', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    await client.load();
    // The first opens the connection.
    scene.temporal.script(['proper', 'permissionDenied', 'proper'], 'GetSystemInfo');
    const error = await rejection(client.createWorker({ activities, parking: true }));
    expect(error).toMatchObject({ kind: 'authentication', code: 'TEMPORAL_AUTH_CALL_REFUSED' });
    const worker = await client.createWorker({ activities, parking: true });
    expect(worker.getState()).toBe('INITIALIZED');
  });

  it('asks Temporal once for all workers of a client', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    await client.load();
    const asked = (): number => scene.temporal.tokensOf('GetSystemInfo').length;
    await client.createWorker({ activities });
    const before = asked();
    await client.createWorker({ activities, taskQueue: 'b', parking: true });
    await client.createWorker({ activities, taskQueue: 'c', parking: true });
    expect(asked()).toBe(before + 1);
  });

  it('keeps half of the polls for new workflows, unless the user says how many', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    await client.load();
    const options = { activities, parking: true };
    expect((await client.createWorker(options)).options.nonStickyToStickyPollRatio).toBe(0.5);
    const own = await client.createWorker({ ...options, taskQueue: 'b', nonStickyToStickyPollRatio: 0.3 });
    expect(own.options.nonStickyToStickyPollRatio).toBe(0.3);
    const plain = await client.createWorker({ activities, taskQueue: 'c' });
    expect(plain.options.nonStickyToStickyPollRatio).toBe(0.2);
  });

  it('does nothing when authentication is off', async () => {
    await using scene = await openScene({ acceptToken: () => true });
    const client = scene.createClient({ authEnabled: false });
    await client.load();
    const worker = await client.createWorker({ ...fixedPollers, activities, parking: true });
    expect(worker.getState()).toBe('INITIALIZED');
  });
});

describe('createWorker()', () => {
  it('makes a worker that is never parked', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    await client.load();
    const worker = await client.createWorker({ activities });
    await client.createWorker({ activities, taskQueue: 'another', parking: true });
    const { connection } = worker;
    const release = refuseFirstToken(scene);
    await passUntil(scene, () => scene.log.matching(parked).length > 0);
    expect(worker.connection).toBe(connection);
    release();
  });
});
