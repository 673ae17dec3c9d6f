import type { ActivityInterceptorsFactory, Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { WorkerRegistry } from '../../src/worker/worker-registry.ts';
import { setSupervisor } from '../../src/worker/supervision-health.ts';
import type { WorkerHealth } from '../../src/worker/worker-states.ts';

/** As much of a worker as is looked at. */
class FakeWorker {
  state: ReturnType<Worker['getState']> = 'RUNNING';
  readonly options: { taskQueue: string; interceptors: { activity: ActivityInterceptorsFactory[] } };

  constructor(taskQueue = 'extraction', activity: ActivityInterceptorsFactory[] = []) {
    this.options = { taskQueue, interceptors: { activity } };
  }

  getState(): ReturnType<Worker['getState']> {
    return this.state;
  }
}

function worker(...made: ConstructorParameters<typeof FakeWorker>): Worker & FakeWorker {
  return new FakeWorker(...made) as unknown as Worker & FakeWorker;
}

function interceptor(): ActivityInterceptorsFactory {
  return () => ({});
}

/** The task queues of those that are told of. */
function queues(workers: WorkerRegistry): readonly string[] {
  return workers.health().map(({ taskQueue }) => taskQueue);
}

describe('the interceptor of a worker', () => {
  it('tells which record it has, among others', () => {
    const workers = new WorkerRegistry();
    const [ours, other] = [interceptor(), interceptor()];
    const record = { own: undefined };
    workers.add(ours, record);
    expect(workers.recordOf({ interceptors: { activity: [other, ours] } })).toBe(record);
    for (const interceptors of [{ activity: [other] }, {}])
      expect(workers.recordOf({ interceptors })).toBeUndefined();
    expect(workers.recordOf({})).toBeUndefined();
  });
});

describe('a worker', () => {
  it('begins once', () => {
    const workers = new WorkerRegistry();
    const running = worker();
    expect([workers.begin(running), workers.begin(running)]).toEqual([true, false]);
    expect(queues(workers)).toEqual(['extraction']);
  });

  it('ends once', () => {
    const workers = new WorkerRegistry();
    const running = worker();
    expect([workers.end(running), workers.end(running), workers.end(worker())]).toEqual([true, false, true]);
  });
});

describe('the health of workers', () => {
  it('is that of each which runs, by its task queue', () => {
    const workers = new WorkerRegistry();
    const first = worker('first');
    expect(workers.health()).toEqual([]);
    workers.watch(first);
    workers.begin(worker('second'));
    expect(workers.health()).toEqual([
      { taskQueue: 'first', state: 'RUNNING', restarts: 0 },
      { taskQueue: 'second', state: 'RUNNING', restarts: 0 },
    ]);
  });

  it('tells no more of one that has ended in order, and does of one that drains', () => {
    const workers = new WorkerRegistry();
    const [ending, draining] = [worker('ending'), worker('draining')];
    workers.watch(ending);
    workers.watch(draining);
    Object.assign(ending, { state: 'STOPPED' });
    Object.assign(draining, { state: 'DRAINING' });
    expect(queues(workers)).toEqual(['draining']);
    Object.assign(ending, { state: 'RUNNING' });
    expect(queues(workers)).toEqual(['draining']);
  });

  it('tells of one that has failed until another takes its task queue', () => {
    const workers = new WorkerRegistry();
    const failed = worker('first');
    workers.watch(failed);
    failed.state = 'FAILED';
    workers.watch(worker('second'));
    expect(workers.health()).toMatchObject([{ state: 'FAILED' }, { taskQueue: 'second' }]);
    workers.watch(worker('first'));
    expect(workers.health()).toMatchObject([
      { taskQueue: 'second' },
      { taskQueue: 'first', state: 'RUNNING' },
    ]);
    workers.watch(worker('first'));
    expect(queues(workers)).toEqual(['second', 'first', 'first']);
  });

  it('is that of a supervisor in place of its workers, also of one that could never make any, until another takes its queue', () => {
    const workers = new WorkerRegistry();
    const supervisor = { worker: undefined, restarts: 3, state: 'WAITING' as WorkerHealth['state'] };
    const given = (): WorkerHealth['state'] => supervisor.state;
    const supervised = { ...supervisor, getState: given };
    workers.supervise(supervised, 'extraction');
    const made = worker();
    setSupervisor(made, supervised);
    workers.watch(made);
    expect(workers.health()).toEqual([{ taskQueue: 'extraction', state: 'WAITING', restarts: 3 }]);
    supervisor.state = 'FAILED';
    expect(workers.health()).toMatchObject([{ state: 'FAILED' }]);
    const next = { worker: undefined, restarts: 0, getState: () => 'STARTING' as const };
    workers.supervise(next, 'extraction');
    Object.assign(made, { state: 'STOPPED' });
    expect(workers.health()).toEqual([{ taskQueue: 'extraction', state: 'STARTING', restarts: 0 }]);
    Object.assign(next, { getState: () => 'STOPPED' });
    expect(workers.health()).toEqual([]);
  });

  it('is what a supervisor says of it', () => {
    const workers = new WorkerRegistry();
    const running = worker();
    workers.watch(running);
    setSupervisor(running, { worker: running, restarts: 2, getState: () => 'RUNNING' });
    running.state = 'FAILED';
    expect(workers.health()).toMatchObject([{ state: 'WAITING', restarts: 2 }]);
  });
});
