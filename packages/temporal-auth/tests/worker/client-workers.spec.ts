import { describe, expect, it } from 'vitest';
import { AuthenticationError, StoppedError } from '@worker-auth/calls/errors/temporal-auth-error';
import type { TemporalWorkflowClientOptions } from '../../src/settings/temporal-options.ts';
import { transportError } from '../support/fake-worker.ts';
import { grpcError } from '../support/fake-client-connection.ts';
import { openWorkflowClient, type WorkflowClientScene } from '../support/open-workflow-client.ts';
import { rejection } from '../support/scene.ts';

const activities = { countRows: () => 1 };
const soon = { interval: 1 };

async function openLoaded(options: TemporalWorkflowClientOptions = {}): Promise<WorkflowClientScene> {
  const scene = openWorkflowClient(options);
  await scene.client.load();
  return scene;
}

/** The worker that is made as the nth one runs. */
async function runs({ made }: WorkflowClientScene, count: number): Promise<void> {
  await expect.poll(() => made[count - 1]?.runs, soon).toBe(1);
}

/** Runs a worker that is made as soon as Temporal is up, which it is not when the signal comes. */
async function shutDownEarly({ client, create }: WorkflowClientScene) {
  const make = create.getMockImplementation();
  const isUp = Promise.withResolvers<undefined>();
  create.mockImplementationOnce(async (options) => {
    await isUp.promise;
    return (await make?.(options)) as never;
  });
  const ending = new AbortController();
  const running = client.runWorker({ activities, signal: ending.signal });
  await expect.poll(() => create.mock.calls.length, soon).toBe(1);
  ending.abort();
  return { running, isUp };
}

describe('a worker that Temporal refuses to make', () => {
  it('is tried once more, on another connection', async () => {
    await using scene = await openLoaded();
    await scene.client.createWorker({ activities, taskQueue: 'another' });
    scene.errors.create = grpcError(7, 'Request unauthorized.');
    const error = await rejection(scene.client.createWorker({ activities }));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect([scene.create.mock.calls.length, scene.opened.length]).toEqual([3, 2]);
    expect(scene.opened.map(({ isClosed }) => isClosed)).toEqual([false, true]);
  });

  it.each([new TypeError('workflowsPath must be a string'), new Error('Webpack finished with errors')])(
    'throws what is wrong with its options as it is: %s',
    async (wrong) => {
      await using scene = await openLoaded();
      scene.errors.create = wrong;
      expect(await rejection(scene.client.createWorker({ activities }))).toBe(wrong);
    },
  );
});

describe('a worker of runWorker()', () => {
  it('is replaced on the same connection first, and then on another one', async () => {
    await using scene = await openLoaded();
    // Keeps the connection open.
    await scene.client.createWorker({ activities, taskQueue: 'another' });
    const running = scene.client.runWorker({ activities });
    const failed: unknown[] = [];
    scene.client.on('workerFailed', (event) => failed.push(event));
    for (const count of [2, 3, 4]) {
      await runs(scene, count);
      if (count < 4) scene.made[count - 1]?.fail(transportError('Request unauthorized.'));
      await scene.clock.advance(20_000);
    }
    const [first, ...others] = scene.made.map(({ options }) => options.connection);
    expect(others.map((one) => one === first)).toEqual([true, true, false]);
    expect(failed).toMatchObject(
      [1, 2].map((failures) => ({
        ...{ failures, taskQueue: 'orders' },
        error: { message: expect.stringContaining('temporal:7233') as string },
      })),
    );
    const { workers } = scene.client.health();
    expect(workers).toContainEqual({ taskQueue: 'orders', state: 'RUNNING', restarts: 2 });
    await scene.client.close();
    await running;
  });

  it.each([
    ['a token that is accepted', {}, undefined, 3],
    ['a token that is rejected', {}, grpcError(7, 'Request unauthorized.'), 2],
    ['no token', { authEnabled: false }, undefined, 3],
  ])('has its failures forgotten once it has run well, with %s', async (_state, options, rejection, made) => {
    await using scene = await openLoaded(options);
    const running = scene.client.runWorker({ activities, maxConsecutiveFailures: 2 }).catch(String);
    await runs(scene, 1);
    scene.made[0]?.reject(new Error('broken'));
    await scene.clock.advance(1_000);
    await runs(scene, 2);
    scene.errors.write = rejection;
    for (const connection of scene.opened) connection.rejection = rejection;
    await scene.clock.advance(120_000);
    scene.errors.write = undefined;
    scene.made[1]?.reject(new Error('broken'));
    await scene.clock.advance(1_000);
    expect(scene.made).toHaveLength(made);
    await scene.client.close();
    await running;
  });

  it('is waited for no longer when it is not made before the signal comes, and ends when it is', async () => {
    await using scene = await openLoaded();
    const { running, isUp } = await shutDownEarly(scene);
    await running;
    isUp.resolve(undefined);
    await expect.poll(() => scene.made[0]?.getState(), soon).toBe('STOPPED');
    await expect.poll(() => scene.opened[0]?.isClosed, soon).toBe(true);
    expect(scene.log.matching('No worker could be made')).toEqual([]);
  });

  it('is shut down by close(), which waits for it', async () => {
    const scene = await openLoaded();
    const running = scene.client.runWorker({ activities });
    await runs(scene, 1);
    await scene.client.close();
    await running;
    expect(scene.made[0]?.getState()).toBe('STOPPED');
  });
});

describe('close()', () => {
  it('is rejected when a worker begins to run meanwhile, and no other can be made then', async () => {
    const scene = await openLoaded();
    const { client, create, made } = scene;
    const worker = await client.createWorker({ activities });
    const created = Promise.withResolvers<never>();
    create.mockReturnValueOnce(created.promise);
    const making = rejection(client.createWorker({ activities }));
    const closing = rejection(client.close());
    expect(await making).toBeInstanceOf(StoppedError);
    const running = worker.run();
    await scene.clock.advance(5_000);
    expect(await closing).toMatchObject({ code: 'TEMPORAL_AUTH_WORKERS_RUNNING' });
    expect(await rejection(client.createWorker({ activities }))).toBeInstanceOf(StoppedError);
    await scene.clock.advance(0);
    expect([create.mock.calls.length, scene.opened[0]?.isClosed]).toEqual([2, false]);
    made[0]?.shutdown();
    created.reject(new Error('late'));
    await Promise.all([running, client.close()]);
    expect(scene.opened[0]?.isClosed).toBe(true);
  });

  it('is rejected while a worker runs, and goes on once that has failed', async () => {
    const scene = await openLoaded();
    const worker = await scene.client.createWorker({ activities });
    const running = rejection(worker.run());
    expect(await rejection(scene.client.close())).toMatchObject({ code: 'TEMPORAL_AUTH_WORKERS_RUNNING' });
    scene.made[0]?.reject(new Error('broken'));
    await running;
    await scene.client.close();
    expect(scene.opened.map(({ isClosed }) => isClosed)).toEqual([true]);
  });
});
