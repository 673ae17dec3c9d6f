import { CompleteAsyncError } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { describe, expect, it, vi } from 'vitest';
import { makeWorker, prepareSettings } from '../../src/facade/make-worker.ts';
import type { WatchedConnection } from '../../src/worker/watched-connection.ts';
import { fakeRuntime } from '../support/fake-runtime.ts';
import { openGuard } from '../support/open-guard.ts';
import { rejection } from '../support/scene.ts';

/** A guarded connection for workers that are never started, and what is asked of it and of them. */
async function createScene() {
  const scene = await openGuard();
  const { guard, log, connection } = scene;
  const options = { namespace: 'theirs', taskQueue: 'extraction', activities: new Map() };
  const worker = { options } as unknown as Worker;
  const create = vi.spyOn(Worker, 'create').mockResolvedValue(worker);
  const add = vi.fn<(...added: unknown[]) => void>();
  const native = { connection: guard.connection, guard, rotation: { add } } as unknown as WatchedConnection;
  const told = vi.fn<(request: object) => Promise<object>>().mockResolvedValue({});
  Object.assign(connection.workflowService, { respondActivityTaskCompleted: told });
  return {
    ...{ ...scene, worker, create, native, rotated: add.mock.calls },
    ...{ told: told.mock.calls, place: { namespace: 'theirs', logger: log } },
  };
}

/** Runs an activity of a worker that was made with these options, to 42. */
function runActivity({ interceptors }: WorkerOptions): Promise<number> {
  const environment = new MockActivityEnvironment({}, { interceptors: [...(interceptors?.activity ?? [])] });
  return environment.run<[], number, () => Promise<number>>(() => Promise.resolve(42));
}

describe('prepareSettings', () => {
  it('has the task queue of the application, unless another is given', () => {
    expect(prepareSettings({ activities: {} }, 'app')).toEqual({ activities: {}, taskQueue: 'app' });
    expect(prepareSettings({ taskQueue: 'own' }, 'app')).toEqual({ taskQueue: 'own' });
  });

  it('has the source document’s name for the activities at a time, in place of Temporal’s', () => {
    const settings = prepareSettings({ maxConcurrentActivities: 3 }, 'app');
    expect(settings).toEqual({ taskQueue: 'app', maxConcurrentActivityTaskExecutions: 3 });
    const temporals = { maxConcurrentActivityTaskExecutions: 4 };
    expect(prepareSettings(temporals, 'app')).toEqual({ taskQueue: 'app', ...temporals });
    expect(() => prepareSettings({ maxConcurrentActivities: 3, ...temporals }, 'app')).toThrow(
      new TypeError('Give maxConcurrentActivities or maxConcurrentActivityTaskExecutions, not both'),
    );
  });
});

describe('makeWorker', () => {
  it('makes a worker on the connection, in the namespace, that is guarded and moved along', async () => {
    const scene = await createScene();
    const { native, worker, create, place, guard } = scene;
    const made = await makeWorker(native, { taskQueue: 'extraction', identity: 'me' }, place);
    expect(made.worker).toBe(worker);
    const [options] = create.mock.calls[0] as [WorkerOptions];
    const { connection, namespace, identity, taskQueue } = options;
    expect(connection).toBe(guard.connection);
    expect([namespace, identity, taskQueue]).toEqual(['theirs', 'me', 'extraction']);
    expect(scene.rotated).toEqual([[worker, guard.connection]]);
    await guard.stop();
  });

  it('makes one whose results are reported', async () => {
    fakeRuntime();
    const { native, create, place, told, guard } = await createScene();
    await makeWorker(native, { taskQueue: 'extraction' }, place);
    const [options] = create.mock.calls[0] as [WorkerOptions];
    expect(await rejection(runActivity(options))).toBeInstanceOf(CompleteAsyncError);
    expect(told).toMatchObject([[{ namespace: 'theirs' }]]);
    await guard.stop();
  });

  it('makes one whose results are left to Temporal, where that is asked for', async () => {
    const { native, create, place, told, guard } = await createScene();
    await makeWorker(native, { taskQueue: 'extraction', acknowledgeResults: false }, place);
    const [options] = create.mock.calls[0] as [WorkerOptions];
    expect(options).not.toHaveProperty('acknowledgeResults');
    expect(await runActivity(options)).toBe(42);
    expect(told).toEqual([]);
    await guard.stop();
  });

  it('makes one without a guard where there is nothing to be refused', async () => {
    const { native, create, worker, place, guard } = await createScene();
    const unguarded = { ...native, guard: undefined, rotation: undefined };
    const made = await makeWorker(unguarded, { taskQueue: 'extraction' }, place);
    expect(made.worker).toBe(worker);
    expect(create.mock.calls[0]?.[0].interceptors).toBeUndefined();
    await guard.stop();
  });
});
