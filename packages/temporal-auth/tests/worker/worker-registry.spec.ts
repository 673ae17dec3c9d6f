import type { Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { setSupervisor, WorkerRegistry } from '../../src/worker/worker-registry.ts';
import type { WorkerHealth } from '@worker-auth/calls/conditions/worker-health';

type State = ReturnType<Worker['getState']>;

/** As much of a worker as is looked at. */
function worker() {
  return {
    state: 'RUNNING' as State,
    getState: function (): State {
      return this.state;
    },
    run: () => Promise.resolve(),
    shutdown: () => undefined,
  };
}

/** The task queues of those that are told of. */
function queues(workers: WorkerRegistry): readonly string[] {
  return workers.health().map(({ taskQueue }) => taskQueue);
}

describe('the health of workers', () => {
  it('is that of each which runs, by its task queue', () => {
    const workers = new WorkerRegistry();
    expect(workers.health()).toEqual([]);
    workers.watch(worker(), 'first');
    workers.watch(worker(), 'second');
    expect(workers.health()).toEqual([
      { taskQueue: 'first', state: 'RUNNING', restarts: 0 },
      { taskQueue: 'second', state: 'RUNNING', restarts: 0 },
    ]);
  });

  it('tells no more of one that has ended in order, and does of one that drains', () => {
    const workers = new WorkerRegistry();
    const [ending, draining] = [worker(), worker()];
    workers.watch(ending, 'ending');
    workers.watch(draining, 'draining');
    Object.assign(ending, { state: 'STOPPED' });
    Object.assign(draining, { state: 'DRAINING' });
    expect(queues(workers)).toEqual(['draining']);
    Object.assign(ending, { state: 'RUNNING' });
    expect(queues(workers)).toEqual(['draining']);
  });

  it('keeps none that has ended in order, though nobody asks', () => {
    const workers = new WorkerRegistry();
    const [ended, running] = [worker(), worker()];
    workers.watch(ended, 'first');
    ended.state = 'STOPPED';
    workers.watch(running, 'second');
    expect(workers.unsupervised).toEqual([running]);
  });

  it('tells of one that has failed until another takes its task queue', () => {
    const workers = new WorkerRegistry();
    const failed = worker();
    workers.watch(failed, 'first');
    failed.state = 'FAILED';
    workers.watch(worker(), 'second');
    expect(workers.health()).toMatchObject([{ state: 'FAILED' }, { taskQueue: 'second' }]);
    workers.watch(worker(), 'first');
    expect(workers.health()).toMatchObject([
      { taskQueue: 'second' },
      { taskQueue: 'first', state: 'RUNNING' },
    ]);
    workers.watch(worker(), 'first');
    expect(queues(workers)).toEqual(['second', 'first', 'first']);
  });

  it('is that of a supervisor in place of its workers, also of one that could never make any, until another takes its queue', () => {
    const workers = new WorkerRegistry();
    const supervisor = { worker: undefined, restarts: 3, state: 'WAITING' as WorkerHealth['state'] };
    const given = (): WorkerHealth['state'] => supervisor.state;
    const supervised = { ...supervisor, getState: given };
    workers.watch(supervised, 'extraction');
    const made = worker();
    setSupervisor(made, supervised);
    workers.watch(made, 'extraction');
    expect(workers.health()).toEqual([{ taskQueue: 'extraction', state: 'WAITING', restarts: 3 }]);
    supervisor.state = 'FAILED';
    expect(workers.health()).toMatchObject([{ state: 'FAILED' }]);
    const next = { worker: undefined, restarts: 0, getState: () => 'STARTING' as const };
    workers.watch(next, 'extraction');
    Object.assign(made, { state: 'STOPPED' });
    expect(workers.health()).toEqual([{ taskQueue: 'extraction', state: 'STARTING', restarts: 0 }]);
    Object.assign(next, { getState: () => 'STOPPED' });
    expect(workers.health()).toEqual([]);
  });

  it('is what a supervisor says of it', () => {
    const workers = new WorkerRegistry();
    const running = worker();
    workers.watch(running, 'extraction');
    setSupervisor(running, { worker: running, restarts: 2, getState: () => 'RUNNING' });
    running.state = 'FAILED';
    expect(workers.health()).toMatchObject([{ state: 'WAITING', restarts: 2 }]);
  });
});
