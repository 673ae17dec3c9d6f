import { Worker } from '@temporalio/worker';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { superviseWorker } from '../../src/worker/supervisor.ts';
import { workflowBundle } from '../../tests/support/workflow-bundle.ts';
import { failWorker, runningWorker, watchCreations } from '../../tests/support/failing-worker.ts';
import { gatedActivity } from '../../tests/support/gated-activity.ts';
import { openHealthPort } from '../../tests/support/health-port.ts';
import { pluginOf } from '../../tests/support/plugin-scene.ts';
import { quietRuntime } from '../../tests/support/quiet-runtime.ts';
import { rejectFirstToken } from '../../tests/support/reject-first-token.ts';
import { openScene, passUntil, rejection, settled } from '../../tests/support/scene.ts';

beforeAll(quietRuntime);
afterEach(() => {
  vi.restoreAllMocks();
});

const activities = { countRows: () => Promise.resolve(42) };
const ofWorker = 'The worker of task queue "postgres-extraction"';

describe('healthHandler() of a client', () => {
  it('is alive and not ready before load(), while the first token is waited for, and until a worker polls', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    await using port = await openHealthPort(scene, client);
    expect(await port.statuses()).toEqual([200, 503]);
    const release = scene.oauth.hold();
    const asked = scene.oauth.nextRequest();
    const loading = client.load();
    await asked;
    expect(await port.statuses()).toEqual([200, 503]);
    expect((await port.ask('/readyz')).reasons).toEqual(['The client is loading.', 'There is no token.']);
    release();
    await settled(scene, loading);
    expect((await port.ask('/readyz')).reasons).toEqual(['There is no worker.']);
    const running = client.runWorker({ workflowBundle, activities });
    await port.until(200, 200);
    await settled(scene, client.close());
    await running;
  });

  it.each([
    ['rejected', 'permissionDenied', 'TEMPORAL_REJECTS_TOKEN'],
    ['left without an answer', 'neverAnswers', 'TEMPORAL_UNREACHABLE'],
  ] as const)(
    'is alive and stays ready while the worker is %s, for two minutes too, and says so',
    async (_name, fault, code) => {
      await using scene = await openScene();
      const client = scene.createClient();
      await using port = await openHealthPort(scene, client);
      const running = client.runWorker({ workflowBundle, activities });
      await port.until(200, 200);
      scene.temporal.failWith(fault, ['RecordWorkerHeartbeat', 'Respond*']);
      await passUntil(scene, () => client.health().conditions.length > 0);
      await scene.clock.advance(120_000);
      expect(client.health().conditions).toMatchObject([{ code }]);
      expect(await port.statuses()).toEqual([200, 200]);
      scene.temporal.recover();
      await passUntil(scene, () => client.health().conditions.length === 0);
      await settled(scene, client.close());
      await running;
    },
  );

  it('is alive all the time that a failed worker is replaced, and ready with the next one', async () => {
    await using scene = await openScene();
    const creations = watchCreations();
    const client = scene.createClient();
    await using port = await openHealthPort(scene, client);
    const running = client.runWorker({ workflowBundle, activities });
    const worker = await runningWorker(creations, 1);
    await port.until(200, 200);
    failWorker(worker);
    expect(worker.getState()).toBe('FAILED');
    expect((await port.ask('/readyz')).reasons).toEqual([`${ofWorker} has failed; another one follows.`]);
    const livez = new Set<number>();
    await port.until(200, 200, ([alive]) => livez.add(alive));
    expect([...livez]).toEqual([200]);
    expect(client.health().workers).toMatchObject([{ state: 'RUNNING', restarts: 1 }]);
    await settled(scene, client.close());
    await running;
  });

  it('is not alive when the worker is given up, and alive again when another takes its task queue', async () => {
    await using scene = await openScene();
    const creations = watchCreations();
    const client = scene.createClient();
    await using port = await openHealthPort(scene, client);
    const running = rejection(client.runWorker({ activities, maxConsecutiveFailures: 1 }));
    failWorker(await runningWorker(creations, 1));
    await settled(scene, running);
    expect(await port.ask('/livez')).toEqual({
      status: 503,
      reasons: [`${ofWorker} has failed, and nothing takes its place.`],
    });
    const again = client.runWorker({ activities });
    await port.until(200, 200);
    await settled(scene, client.close());
    await again;
  });

  it('is alive and not ready while close() waits for an activity, and not alive afterwards', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    await using port = await openHealthPort(scene, client);
    const activity = gatedActivity();
    const running = client.runWorker({ workflowBundle, activities: activity.activities });
    await port.until(200, 200);
    const { handle } = await client.startWorkflow('extract');
    await activity.begun;
    const closing = client.close();
    expect(await port.statuses()).toEqual([200, 503]);
    expect((await port.ask('/readyz')).reasons).toContain('The client is being closed.');
    expect(client.health()).toMatchObject({
      state: 'closing',
      workers: [{ taskQueue: 'postgres-extraction' }],
    });
    activity.end(1);
    await settled(scene, closing);
    await running;
    expect(await port.statuses()).toEqual([503, 503]);
    expect(client.health()).toMatchObject({ state: 'closed', workers: [] });
    expect(handle.workflowId).not.toBe('');
  });
});

describe('healthHandler() of the plugin', () => {
  it('follows a worker through a rejection', async () => {
    await using scene = await openScene();
    await using auth = pluginOf(scene);
    await using port = await openHealthPort(scene, auth);
    expect(await port.statuses()).toEqual([200, 503]);
    const worker = await Worker.create({ taskQueue: 'extraction', activities, plugins: [auth] });
    const running = worker.run();
    await port.until(200, 200);
    const release = rejectFirstToken(scene);
    await passUntil(scene, () => auth.health().conditions.length > 0);
    expect(await port.statuses()).toEqual([200, 200]);
    release();
    await passUntil(scene, () => auth.health().conditions.length === 0);
    worker.shutdown();
    await settled(scene, running);
    expect(await port.statuses()).toEqual([200, 503]);
  });

  it('is alive all the time that a supervisor of one’s own replaces a failed worker, until it gives up', async () => {
    await using scene = await openScene();
    const creations = watchCreations();
    await using auth = pluginOf(scene);
    await using port = await openHealthPort(scene, auth);
    const supervised = superviseWorker({
      ...{ clock: scene.clock, logger: scene.log, maxConsecutiveFailures: 2, healthyAfterMs: 2 ** 31 - 1 },
      create: async () => ({
        worker: await Worker.create({ taskQueue: 'extraction', activities, plugins: [auth] }),
      }),
    });
    const running = rejection(supervised.run());
    const worker = await runningWorker(creations, 1);
    await port.until(200, 200);
    failWorker(worker);
    const livez = new Set([(await port.ask('/livez')).status]);
    await passUntil(scene, async () => {
      livez.add((await port.ask('/livez')).status);
      return creations.mock.calls.length > 1;
    });
    const next = await runningWorker(creations, 2);
    await port.until(200, 200);
    expect([...livez]).toEqual([200]);
    expect(auth.health().workers).toMatchObject([{ state: 'RUNNING', restarts: 1 }]);
    failWorker(next);
    await settled(scene, running);
    expect(await port.statuses()).toEqual([503, 503]);
  });
});
