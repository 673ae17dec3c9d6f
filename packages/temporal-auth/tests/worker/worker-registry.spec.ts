import type { ActivityInterceptorsFactory, NativeConnection, Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { FollowedWorkers, type Held } from '../../src/worker/followed-workers.ts';
import { setSupervisor } from '../../src/worker/supervision-health.ts';

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

const [connection, another] = [{}, {}] as unknown as readonly [NativeConnection, NativeConnection];

function worker(...made: ConstructorParameters<typeof FakeWorker>): Worker & FakeWorker {
  return new FakeWorker(...made) as unknown as Worker & FakeWorker;
}

function interceptor(): ActivityInterceptorsFactory {
  return () => ({});
}

function held(): Held {
  return { reporter: undefined };
}

/** The task queues of those that are told of. */
function queues(workers: FollowedWorkers): readonly string[] {
  return workers.health().map(({ taskQueue }) => taskQueue);
}

describe('the interceptor of a worker', () => {
  it('says whether it is guarded, among others', () => {
    const workers = new FollowedWorkers();
    const [ours, other] = [interceptor(), interceptor()];
    workers.hold(ours, held());
    expect(workers.isHeld({ interceptors: { activity: [other, ours] } })).toBe(true);
    expect(workers.isHeld({ interceptors: { activity: [other] } })).toBe(false);
    expect(workers.isHeld({ interceptors: {} })).toBe(false);
    expect(workers.isHeld({})).toBe(false);
  });

  it('says how', () => {
    const workers = new FollowedWorkers();
    const [ours, other] = [interceptor(), interceptor()];
    const how = held();
    workers.hold(ours, how);
    expect(workers.heldOf(worker('a', [other, ours]))).toEqual([how]);
    expect(workers.heldOf(worker('a', [other]))).toEqual([]);
  });
});

describe('a worker', () => {
  it('begins once, on the connection that it was made on', () => {
    const workers = new FollowedWorkers();
    const running = worker();
    expect(workers.connectionOf(running)).toBeUndefined();
    expect(workers.begin(running, connection)).toBe(true);
    expect(workers.begin(running, another)).toBe(false);
    expect(workers.connectionOf(running)).toBe(connection);
    expect(queues(workers)).toEqual(['extraction']);
  });

  it('ends once', () => {
    const workers = new FollowedWorkers();
    const running = worker();
    expect([workers.end(running), workers.end(running), workers.end(worker())]).toEqual([true, false, true]);
  });
});

describe('the health of workers', () => {
  it('is that of each which runs, by its task queue', () => {
    const workers = new FollowedWorkers();
    const first = worker('first');
    expect(workers.health()).toEqual([]);
    expect(workers.watch(first)).toBe(first);
    workers.begin(worker('second'), connection);
    expect(workers.health()).toEqual([
      { taskQueue: 'first', state: 'RUNNING', restarts: 0 },
      { taskQueue: 'second', state: 'RUNNING', restarts: 0 },
    ]);
  });

  it('tells no more of one that has ended in order, and does of one that drains', () => {
    const workers = new FollowedWorkers();
    const [ending, draining] = [workers.watch(worker('ending')), workers.watch(worker('draining'))];
    Object.assign(ending, { state: 'STOPPED' });
    Object.assign(draining, { state: 'DRAINING' });
    expect(queues(workers)).toEqual(['draining']);
    Object.assign(ending, { state: 'RUNNING' });
    expect(queues(workers)).toEqual(['draining']);
  });

  it('tells of one that has failed until another takes its task queue', () => {
    const workers = new FollowedWorkers();
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

  it('is what a supervisor says of it', () => {
    const workers = new FollowedWorkers();
    const running = worker();
    workers.watch(running);
    setSupervisor(running, { worker: running, restarts: 2, getState: () => 'RUNNING' });
    running.state = 'FAILED';
    expect(workers.health()).toMatchObject([{ state: 'WAITING', restarts: 2 }]);
  });
});
