import type { Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { type MadeWorker, MadeWorkers } from '../../src/facade/made-workers.ts';
import type { WatchedConnection } from '../../src/worker/watched-connection.ts';

type State = ReturnType<Worker['getState']>;

/** As much of a worker as is looked at. */
class FakeWorker {
  runs = 0;
  failure: Error | undefined;
  readonly options: { readonly taskQueue: string };
  state: State;

  constructor(taskQueue: string, state: State) {
    this.options = { taskQueue };
    this.state = state;
  }

  getState(): State {
    return this.state;
  }

  async runUntil(end: Promise<unknown>): Promise<void> {
    this.runs++;
    await end;
    if (this.failure !== undefined) throw this.failure;
  }
}

const [native, otherNative] = [{}, {}] as unknown as readonly [WatchedConnection, WatchedConnection];

interface Given extends Partial<Omit<MadeWorker, 'worker'>> {
  readonly taskQueue?: string;
  readonly state?: State;
}

interface Made {
  readonly made: MadeWorkers;
  readonly add: (given?: Given) => Worker & FakeWorker;
  readonly queues: () => readonly string[];
}

function scene(): Made {
  const made = new MadeWorkers();
  return {
    made,
    add: ({ taskQueue = 'extraction', state = 'RUNNING', ...rest } = {}) => {
      const worker = new FakeWorker(taskQueue, state) as unknown as Worker & FakeWorker;
      made.add({ ...{ worker, native, isSupervised: false }, ...rest });
      return worker;
    },
    queues: () => made.health().map(({ taskQueue }) => taskQueue),
  };
}

describe('the health of workers that were made', () => {
  it('is that of those of the user', () => {
    const { made, add } = scene();
    add();
    add({ taskQueue: 'another' });
    add({ taskQueue: 'of runWorker()', isSupervised: true });
    expect(made.health()).toEqual([
      { taskQueue: 'extraction', state: 'RUNNING', restarts: 0 },
      { taskQueue: 'another', state: 'RUNNING', restarts: 0 },
    ]);
  });

  it('tells no more of one that has ended in order', () => {
    const { add, queues } = scene();
    const ended = add();
    ended.state = 'STOPPED';
    expect(queues()).toEqual([]);
    add({ taskQueue: 'another' });
    ended.state = 'RUNNING';
    expect(queues()).toEqual(['another']);
  });

  it('tells of one that has failed until another takes its task queue', () => {
    const { made, add, queues } = scene();
    add({ state: 'FAILED' });
    add({ taskQueue: 'another' });
    expect(queues()).toEqual(['extraction', 'another']);
    add();
    add();
    expect(queues()).toEqual(['another', 'extraction', 'extraction']);
    expect(made.health().map(({ state }) => state)).not.toContain('FAILED');
  });
});

describe('the workers in use', () => {
  it.each<[string, readonly Given[], MadeWorkers['inUse']]>([
    ['none', [], 'none'],
    [
      'that never ran, have ended or failed',
      [{ state: 'INITIALIZED' }, { state: 'FAILED' }, { state: 'STOPPED' }],
      'none',
    ],
    ['that are supervised', [{ isSupervised: true }, { state: 'FAILED' }], 'supervised'],
    ['of the user beside those', [{ isSupervised: true }, { state: 'DRAINING' }], 'of the user'],
    ['of the user', [{}], 'of the user'],
  ])('%s', (_which, given, expected) => {
    const { made, add } = scene();
    given.forEach(add);
    expect(made.inUse).toBe(expected);
  });

  it('hold their connection, failed ones too, until they have ended in order', () => {
    const { made, add } = scene();
    const worker = add();
    add({ native: otherNative, state: 'STOPPED' });
    expect([made.has(native), made.has(otherNative)]).toEqual([true, false]);
    worker.state = 'FAILED';
    expect(made.has(native)).toBe(true);
    worker.state = 'STOPPED';
    expect(made.has(native)).toBe(false);
  });
});

describe('endUnused()', () => {
  it('runs those to their end that never ran, and no other, whatever comes of it', async () => {
    const { made, add } = scene();
    const [failing, unused, running] = [
      add({ state: 'INITIALIZED' }),
      add({ state: 'INITIALIZED' }),
      add({ taskQueue: 'another' }),
    ];
    failing.failure = new Error('no connection');
    await made.endUnused();
    expect([failing.runs, unused.runs, running.runs]).toEqual([1, 1, 0]);
  });
});
