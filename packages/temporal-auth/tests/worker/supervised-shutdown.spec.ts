import { getEventListeners } from 'node:events';
import { sleep } from '@worker-auth/internal';
import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { superviseWorker, type SupervisedWorker } from '../../src/worker/supervisor.ts';
import type { SuperviseOptions, WorkerAttempt } from '../../src/worker/supervisor-options.ts';
import { FakeWorker, transportError } from '../support/fake-worker.ts';
import { isSettled, rejection } from '../support/scene.ts';
import { latestOf, type Started, startSupervised } from '../support/supervised.ts';

let clock: FakeClock;
let log: RecordingLogger;
let attempts: WorkerAttempt[];
let workers: FakeWorker[];
/** When it is set, workers are made once it resolves. */
let making: PromiseWithResolvers<undefined> | undefined;

beforeEach(() => {
  clock = new FakeClock();
  log = new RecordingLogger();
  [attempts, workers, making] = [[], [], undefined];
});

function supervise(options: Partial<SuperviseOptions<FakeWorker>> = {}): SupervisedWorker<FakeWorker> {
  return superviseWorker<FakeWorker>({
    create: async (attempt) => {
      attempts.push(attempt);
      await making?.promise;
      const worker = new FakeWorker();
      workers.push(worker);
      return { worker };
    },
    ...{ clock, logger: log, random: () => 0.5, shutdownSignals: [] },
    ...options,
  });
}

const latest = (): FakeWorker => latestOf(workers);

const start = (options?: Partial<SuperviseOptions<FakeWorker>>): Promise<Started> =>
  startSupervised(supervise(options), clock);

/** The worker that runs now fails. */
async function fail(): Promise<void> {
  latest().reject(transportError('Request unauthorized.'));
  await clock.advance(0);
}

/** Ways to shut down that reach a worker that runs and one that is waited for. */
const ways: [
  string,
  () => {
    options: Partial<SuperviseOptions<FakeWorker>>;
    leave: (supervised: SupervisedWorker<FakeWorker>) => void;
  },
][] = [
  [
    'shutdown()',
    () => ({
      options: {},
      leave: (supervised) => {
        supervised.shutdown();
      },
    }),
  ],
  [
    'the signal',
    () => {
      const leaving = new AbortController();
      return {
        options: { signal: leaving.signal },
        leave: () => {
          leaving.abort();
        },
      };
    },
  ],
  [
    'a signal of the process',
    () => ({ options: { shutdownSignals: ['SIGWINCH'] }, leave: () => process.emit('SIGWINCH') }),
  ],
];

describe.each(ways)('%s', (_name, way) => {
  it('shuts down the worker that runs now, once, and waits for its end', async () => {
    const { options, leave } = way();
    const { supervised, running } = await start(options);
    await fail();
    await clock.advance(750);
    leave(supervised);
    leave(supervised);
    expect(workers.map(({ shutdowns }) => shutdowns)).toEqual([0, 1]);
    expect(supervised.getState()).toBe('STOPPING');
    await clock.advance(10_000);
    expect(await isSettled(running)).toBe(false);
    latest().end();
    await running;
    expect(supervised.getState()).toBe('STOPPED');
    expect(clock.pendingTimers).toBe(0);
  });

  it('ends the wait for the next worker at once', async () => {
    const { options, leave } = way();
    const { supervised, running } = await start(options);
    await fail();
    leave(supervised);
    await running;
    expect(attempts).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
    expect(supervised.worker).toBeUndefined();
  });

  it('ends a worker that is being made, without its use', async () => {
    const { options, leave } = way();
    making = Promise.withResolvers();
    const { supervised, running } = await start(options);
    expect(supervised.getState()).toBe('STARTING');
    expect(attempts[0]?.signal.aborted).toBe(false);
    leave(supervised);
    expect(attempts[0]?.signal.aborted).toBe(true);
    expect(await isSettled(running)).toBe(false);
    making.resolve(undefined);
    await clock.advance(0);
    expect(latest().shutdowns).toBe(1);
    latest().end();
    await running;
  });
});

describe('shutting down', () => {
  it('before run() means that no worker is made, and runs once too', async () => {
    const supervised = supervise();
    supervised.shutdown();
    const running = supervised.run();
    await expect(supervised.run()).rejects.toMatchObject({ code: 'TEMPORAL_AUTH_ALREADY_RUNNING' });
    await running;
    expect(attempts).toEqual([]);
    const gone = supervise({ signal: AbortSignal.abort() });
    await gone.run();
    expect(attempts).toEqual([]);
  });

  it.each(['before', 'after'])(
    '%s it is made, reaches a worker that begins later than its run()',
    async (when) => {
      const worker = new FakeWorker();
      const run = worker.run.bind(worker);
      // A plugin of Temporal's SDK may have something to do before.
      vi.spyOn(worker, 'run').mockImplementation(() => sleep(clock, 1_000).then(run));
      making = Promise.withResolvers();
      const create = () => Promise.resolve(making?.promise).then(() => ({ worker }));
      const { supervised, running } = await start({ create });
      if (when === 'before') supervised.shutdown();
      making.resolve(undefined);
      await clock.advance(0);
      if (when === 'after') supervised.shutdown();
      await clock.advance(2_000);
      expect([worker.runs, worker.shutdowns]).toEqual([1, 1]);
      worker.end();
      await running;
      expect(clock.pendingTimers).toBe(0);
    },
  );

  it('that fails is not mended, and is told as it is', async () => {
    const { supervised, running } = await start();
    supervised.shutdown();
    const late = new Error('Timed out while waiting for worker to shutdown gracefully');
    latest().reject(late);
    expect(await rejection(running)).toBe(late);
    expect(attempts).toHaveLength(1);
  });

  it('leaves no listener at the process, nor at the signal', async () => {
    const { signal } = new AbortController();
    const before = process.listenerCount('SIGWINCH');
    const { running } = await start({ signal, shutdownSignals: ['SIGWINCH'] });
    expect(process.listenerCount('SIGWINCH')).toBe(before + 1);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    latest().end();
    await running;
    expect(process.listenerCount('SIGWINCH')).toBe(before);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('run()', () => {
  it('has a state before it, and runs once', async () => {
    const supervised = supervise();
    expect(supervised.getState()).toBe('INITIALIZED');
    const running = supervised.run();
    const again = { kind: 'configuration', code: 'TEMPORAL_AUTH_ALREADY_RUNNING' };
    await expect(supervised.run()).rejects.toMatchObject(again);
    await clock.advance(0);
    expect(supervised.getState()).toBe('RUNNING');
    latest().end();
    await running;
    await expect(supervised.run()).rejects.toMatchObject(again);
  });

  it('never runs a worker twice', async () => {
    const worker = new FakeWorker();
    const { running } = await start({ create: () => Promise.resolve({ worker }) });
    worker.reject(transportError('Request unauthorized.'));
    await clock.advance(750);
    expect(await rejection(running)).toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining('has run before') as string,
    });
    expect(worker.runs).toBe(1);
  });
});

describe('an option that makes no sense', () => {
  it.each<[Partial<SuperviseOptions<FakeWorker>>, RegExp]>([
    [{ maxConsecutiveFailures: 0 }, /^maxConsecutiveFailures must be .*received 0$/],
    [{ maxConsecutiveFailures: 1.5 }, /^maxConsecutiveFailures must be a whole number; received 1\.5$/],
    [{ healthyAfterMs: -1 }, /^healthyAfterMs must be .*received -1$/],
    [{ onFatal: 'restart' as 'exit' }, /^onFatal must be one of throw, exit; received restart$/],
  ])('is rejected: %j', (options, complaint) => {
    expect(() => supervise(options)).toThrow(complaint);
  });
});
