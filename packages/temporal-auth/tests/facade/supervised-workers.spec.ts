import { Emitter } from '@worker-auth/refresh-scheduler';
import { describe, expect, it } from 'vitest';
import { SupervisedWorkers } from '../../src/facade/supervised-workers.ts';
import type { SupervisionEvents } from '../../src/worker/supervisor-options.ts';
import type { SupervisedWorker } from '../../src/worker/supervisor.ts';
import { RecordedEvents } from '../support/recorded-events.ts';
import { rejection } from '../support/scene.ts';

/** As much of a supervised worker as is looked at. */
class FakeSupervised extends Emitter<SupervisionEvents> {
  readonly outcome = Promise.withResolvers<undefined>();
  worker: { getState: () => 'RUNNING' } | undefined = { getState: () => 'RUNNING' };
  state: ReturnType<SupervisedWorker['getState']> = 'RUNNING';
  readonly restarts = 1;
  shutdowns = 0;

  run(): Promise<void> {
    return this.outcome.promise;
  }

  getState(): ReturnType<SupervisedWorker['getState']> {
    return this.state;
  }

  shutdown(): void {
    this.shutdowns++;
  }
}

interface Scene {
  readonly workers: SupervisedWorkers;
  readonly events: RecordedEvents;
  readonly run: (taskQueue?: string) => {
    readonly supervised: FakeSupervised;
    readonly running: Promise<void>;
  };
  readonly queues: () => readonly string[];
}

function scene(): Scene {
  const events = new RecordedEvents();
  const workers = new SupervisedWorkers(events);
  return {
    ...{ workers, events },
    run: (taskQueue = 'extraction') => {
      const supervised = new FakeSupervised();
      const running = workers.run(supervised as unknown as SupervisedWorker, taskQueue);
      return { supervised, running };
    },
    queues: () => workers.health().map((health) => health.taskQueue),
  };
}

describe('the supervised workers of a client', () => {
  it('tell of their attempts by their task queue', () => {
    const { events, run } = scene();
    const { supervised } = run();
    const failed = { error: new Error('gone'), failures: 1, retryInMs: 500 };
    supervised.emit('workerStarted', { attempt: 1 });
    supervised.emit('workerFailed', failed);
    expect(events.of('workerStarted')).toEqual([{ attempt: 1, taskQueue: 'extraction' }]);
    expect(events.of('workerFailed')).toEqual([{ ...failed, taskQueue: 'extraction' }]);
  });

  it('are told of until they have ended in order', async () => {
    const { workers, run, queues } = scene();
    const { supervised, running } = run();
    run('another');
    expect(queues()).toEqual(['extraction', 'another']);
    expect(workers.done).toHaveLength(2);
    expect(workers.done[0]).toBe(supervised.outcome.promise);
    supervised.outcome.resolve(undefined);
    await running;
    expect(queues()).toEqual(['another']);
    expect(workers.done).toHaveLength(1);
  });

  it('are told of when they were given up, until another takes the task queue', async () => {
    const { workers, run, queues } = scene();
    const { supervised, running } = run();
    const error = new Error('given up');
    supervised.outcome.reject(error);
    expect(await rejection(running)).toBe(error);
    Object.assign(supervised, { state: 'FAILED', worker: undefined });
    run('another');
    expect(workers.health()[0]).toEqual({
      ...{ taskQueue: 'extraction', state: 'FAILED', restarts: 1 },
    });
    run();
    expect(queues()).toEqual(['another', 'extraction']);
    run();
    expect(queues()).toEqual(['another', 'extraction', 'extraction']);
  });

  it('are shut down together', () => {
    const { workers, run } = scene();
    const all = [run(), run('another')];
    workers.shutdown();
    expect(all.map(({ supervised }) => supervised.shutdowns)).toEqual([1, 1]);
  });
});
