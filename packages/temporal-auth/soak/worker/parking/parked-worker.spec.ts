import type { Client } from '@temporalio/client';
import { beforeAll, describe, expect, it } from 'vitest';
import { hangWorker } from '../../../tests/support/failing-worker.ts';
import { gatedActivity } from '../../../tests/support/gated-activity.ts';
import { park, passing, reachTheLot, whileRunning } from '../../../tests/support/parked.ts';
import { openParkingScene } from '../../../tests/support/parking-scene.ts';
import { quietRuntime } from '../../../tests/support/quiet-runtime.ts';

beforeAll(quietRuntime);

const start = { taskQueue: 'extraction', workflowId: 'a' };
const completed = 'RespondActivityTaskCompleted';

describe('an activity of a parked worker', () => {
  it('has its outcome held, and told to Temporal when the token is good', async () => {
    await using scene = await openParkingScene();
    const site = await scene.openSite();
    const activity = gatedActivity();
    const worker = await site.createWorker(activity);
    site.parking.add(worker);
    await whileRunning(scene, [worker], async () => {
      const handle = await site.client.workflow.start('extract', start);
      await activity.begun;
      await park(site, worker);
      activity.end(42);
      // The polls that were open at Temporal still are.
      await expect.poll(() => scene.lots()[0]?.held).toBe(1);
      expect(scene.temporal.tokensOf(completed)).toEqual([]);
      site.watch.say('good');
      expect(await handle.result()).toBe(42);
    });
    expect(activity.runs()).toBe(1);
  });

  it('has a client that reaches Temporal, also when its task came while the worker was parked', async () => {
    await using scene = await openParkingScene();
    const site = await scene.openSite();
    const clients: Client[] = [];
    const worker = await site.createWorker({
      interceptors: {
        activity: [
          (context) => {
            clients.push(context.client);
            return {};
          },
        ],
      },
    });
    site.parking.add(worker);
    await whileRunning(scene, [worker], async () => {
      await scene.temporal.until(() => scene.polls() >= 4);
      await park(site, worker);
      // By a poll that was open at Temporal when the worker was parked.
      const handle = await site.client.workflow.start('extract', start);
      await expect.poll(() => scene.lots()[0]?.held).toBeGreaterThan(0);
      site.watch.say('good');
      expect(await passing(scene, handle.result())).toBe(1);
      await park(site, worker);
      expect(worker.client?.connection).toBe(site.connection);
      site.watch.say('good');
      expect(Object.hasOwn(worker, 'client')).toBe(false);
    });
    expect(clients.map(({ connection }) => connection)).toEqual([site.connection]);
  });
});

describe('a parked worker that is shut down', () => {
  it('ends without any wait', async () => {
    await using scene = await openParkingScene();
    const site = await scene.openSite();
    const worker = await site.createWorker();
    const takeOut = site.parking.add(worker);
    const running = worker.run();
    await scene.temporal.until(() => scene.polls() >= 4);
    await park(site, worker);
    await reachTheLot(scene, 4);
    const [lot] = scene.lots();
    worker.shutdown();
    await running;
    takeOut();
    site.watch.say('good');
    expect(scene.log.messages('ERROR')).toEqual([]);
    expect(worker.getState()).toBe('STOPPED');
    expect(lot?.held).toBe(0);
    // The place on the connection is free.
    const next = await site.createWorker();
    await passing(scene, next.runUntil(Promise.resolve()));
  });

  it('leaves another one parked, which goes on when the token is good', async () => {
    await using scene = await openParkingScene();
    const site = await scene.openSite();
    const [first, second] = [await site.createWorker(), await site.createWorker({ taskQueue: 'another' })];
    site.parking.add(first);
    site.parking.add(second);
    await whileRunning(scene, [first, second], async () => {
      await scene.temporal.until(() => scene.polls() >= 8);
      await park(site, first, second);
      await reachTheLot(scene, 8);
      first.shutdown();
      await expect.poll(() => first.getState()).toBe('STOPPED');
      site.watch.say('good');
      const handle = await site.client.workflow.start('extract', { taskQueue: 'another', workflowId: 'b' });
      expect(await passing(scene, handle.result())).toBe(1);
    });
  });

  it('tells Temporal the outcomes that come after the token is good', async () => {
    await using scene = await openParkingScene();
    const site = await scene.openSite();
    const activity = gatedActivity();
    const worker = await site.createWorker({ ...activity, shutdownGraceTime: '1 minute' });
    site.parking.add(worker);
    const running = worker.run();
    await site.client.workflow.start('extract', start);
    await activity.begun;
    await park(site, worker);
    worker.shutdown();
    expect(worker.getState()).toBe('DRAINING');
    site.watch.say('good');
    activity.end(42);
    await scene.temporal.until(() => scene.temporal.tokensOf(completed).length === 1);
    await scene.temporalClock.advance(60_000);
    await passing(scene, running);
    const next = await site.createWorker();
    site.parking.add(next);
    await whileRunning(scene, [next], async () => {
      expect(await site.client.workflow.getHandle('a').result()).toBe(42);
    });
  });

  it('ends when an outcome could not be told for as long as Core tries', async () => {
    await using scene = await openParkingScene();
    const site = await scene.openSite();
    const activity = gatedActivity();
    const worker = await site.createWorker(activity);
    site.parking.add(worker);
    const running = worker.run();
    await site.client.workflow.start('extract', start);
    await activity.begun;
    await park(site, worker);
    await reachTheLot(scene, 4);
    worker.shutdown();
    activity.end(42);
    await passing(scene, running);
    expect(worker.getState()).toBe('STOPPED');
    expect(scene.temporal.tokensOf(completed)).toEqual([]);
  });

  it('is not parked when it was shut down before', async () => {
    await using scene = await openParkingScene();
    const site = await scene.openSite();
    const activity = gatedActivity();
    const worker = await site.createWorker({ ...activity, shutdownGraceTime: '1 minute' });
    const other = await site.createWorker({ taskQueue: 'another' });
    site.parking.add(worker);
    site.parking.add(other);
    const running = worker.run();
    await site.client.workflow.start('extract', start);
    await activity.begun;
    worker.shutdown();
    await park(site, other);
    expect(worker.connection).toBe(site.connection);
    activity.end(42);
    await passing(scene, Promise.all([running, other.runUntil(Promise.resolve())]));
    expect(scene.temporal.tokensOf(completed)).toHaveLength(1);
  });
});

describe('a worker that failed while it was parked', () => {
  it('keeps neither its successor from working nor the lot from being closed', async () => {
    await using scene = await openParkingScene();
    const site = await scene.openSite();
    const activity = gatedActivity();
    const worker = await site.createWorker({
      ...activity,
      workflowTaskPollerBehavior: { type: 'simple-maximum', maximum: 2 },
      activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 1 },
    });
    site.parking.add(worker);
    worker.run().catch(() => undefined);
    await site.client.workflow.start('extract', start);
    await activity.begun;
    // All that it has, and one more for each task that came.
    await scene.temporal.until(() => scene.polls() === 5);
    await park(site, worker);
    const letGo = hangWorker(worker);
    expect(worker.getState()).toBe('FAILED');
    // Its last polls at Temporal, which would take the tasks of others.
    await scene.temporalClock.advance(60_000);
    const successor = await site.createWorker();
    site.parking.add(successor);
    expect(successor.connection).toBe(worker.connection);
    await whileRunning(scene, [successor], async () => {
      site.watch.say('good');
      expect(successor.connection).toBe(site.connection);
      const handle = await site.client.workflow.start('extract', { ...start, workflowId: 'b' });
      expect(await passing(scene, handle.result())).toBe(1);
    });
    await site.parking.stop();
    activity.end(42);
    letGo();
  });

  it('has a successor that goes to Temporal though it was made on the connection to the lot', async () => {
    await using scene = await openParkingScene();
    const site = await scene.openSite();
    const worker = await site.createWorker();
    site.parking.add(worker);
    await park(site, worker);
    const { connection } = worker;
    await passing(scene, worker.runUntil(Promise.resolve()));
    const successor = await site.createWorker();
    successor.connection = connection as NonNullable<typeof connection>;
    site.watch.say('good');
    expect(successor.connection).toBe(connection);
    site.parking.add(successor);
    expect(successor.connection).toBe(site.connection);
    await passing(scene, successor.runUntil(Promise.resolve()));
  });
});
