import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AuthenticationError, ConnectivityError } from '@worker-auth/calls/errors/temporal-auth-error';
import { superviseWorker, type SupervisedWorker } from '../../src/worker/supervisor.ts';
import type { CreatedWorker, SuperviseOptions, WorkerAttempt } from '../../src/worker/supervisor-options.ts';
import { FakeWorker, transportError } from '../support/fake-worker.ts';
import { isSettled, rejection } from '../support/scene.ts';
import { latestOf, type Started, startSupervised } from '../support/supervised.ts';

let clock: FakeClock;
/** The line when a worker is healthy after one that failed. */
const healthy = expect.stringMatching(/^Ended after \d+ s: A worker failed$/) as unknown;

let log: RecordingLogger;
let attempts: WorkerAttempt[];
let workers: FakeWorker[];
/** What `create` throws next; nothing for a worker. */
let complaint: unknown;
let isWell: boolean;

beforeEach(() => {
  clock = new FakeClock();
  log = new RecordingLogger();
  [attempts, workers] = [[], []];
  [complaint, isWell] = [undefined, true];
});

function supervise(options: Partial<SuperviseOptions<FakeWorker>> = {}): SupervisedWorker<FakeWorker> {
  return superviseWorker<FakeWorker>({
    create: (attempt) => {
      attempts.push(attempt);
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever it is, `create` throws it
      if (complaint !== undefined) return Promise.reject(complaint);
      const worker = new FakeWorker();
      workers.push(worker);
      return Promise.resolve({ worker, isWell: () => isWell });
    },
    ...{ clock, logger: log, random: () => 0.5, shutdownSignals: [] },
    ...options,
  });
}

const latest = (): FakeWorker => latestOf(workers);

const start = (options?: Partial<SuperviseOptions<FakeWorker>>): Promise<Started> =>
  startSupervised(supervise(options), clock);

/** The worker that runs now fails, and the wait after it passes. */
async function replace(): Promise<void> {
  latest().reject(transportError('Request unauthorized.'));
  await clock.advance(10_000);
}

function unreachable(details: { retryable?: boolean; retryInMs?: number } = {}): ConnectivityError {
  return new ConnectivityError('Not there.', { code: 'DOWN', retryable: true, ...details });
}

describe('a worker that fails', () => {
  it('is replaced by a new one, on the same connection', async () => {
    const { supervised } = await start();
    expect(supervised.restarts).toBe(0);
    const [first] = workers;
    latest().reject(transportError('Request unauthorized.'));
    await clock.advance(749);
    expect(supervised.getState()).toBe('WAITING');
    expect(supervised.worker).toBeUndefined();
    await clock.advance(1);
    expect(supervised.worker).toBe(workers[1]);
    expect(supervised.worker).not.toBe(first);
    expect(supervised.restarts).toBe(1);
    expect(attempts).toMatchObject([
      { attempt: 1, freshConnection: false },
      { attempt: 2, freshConnection: false },
    ]);
    expect(workers.map(({ runs }) => runs)).toEqual([1, 1]);
  });

  it('and whose run() does not settle counts as failed after a second', async () => {
    const { supervised } = await start();
    latest().fail(transportError('Request unauthorized.'));
    await clock.advance(1_249);
    expect(supervised.getState()).toBe('FAILED');
    await clock.advance(1);
    expect(supervised.getState()).toBe('WAITING');
    await clock.advance(750);
    expect(supervised.getState()).toBe('RUNNING');
  });

  it('is told of, and so is each one that runs, after it has begun to run', async () => {
    const supervised = supervise();
    const events: unknown[] = [];
    supervised.on('workerStarted', (event) => {
      events.push({ ...event, runs: workers.map(({ runs }) => runs) });
    });
    const stop = supervised.on('workerFailed', (event) => {
      events.push({ ...event, state: supervised.getState() });
    });
    await startSupervised(supervised, clock);
    const error = transportError('Request unauthorized.');
    latest().reject(error);
    await clock.advance(10_000);
    stop();
    latest().reject(error);
    await clock.advance(10_000);
    expect(events).toEqual([
      { attempt: 1, runs: [1] },
      {
        error: expect.objectContaining({ code: 'TEMPORAL_AUTH_CALL_REJECTED' }) as unknown,
        ...{ failures: 1, retryInMs: 750, state: 'WAITING' },
      },
      { attempt: 2, runs: [1, 1] },
      { attempt: 3, runs: [1, 1, 1] },
    ]);
  });

  it('again without having been healthy is replaced on a new connection', async () => {
    await start();
    await replace();
    await replace();
    await replace();
    expect(attempts.map(({ freshConnection }) => freshConnection)).toEqual([false, false, true, true]);
  });

  it('raises why', async () => {
    await start();
    latest().fail(transportError('Request unauthorized.'));
    await clock.advance(4_000);
    const message = /^A worker failed: Temporal rejected the worker: Request unauthorized\. See http/;
    expect(log.entries).toMatchObject([
      { level: 'WARN', message: expect.stringMatching(message) as unknown, meta: { code: 'WORKER_FAILED' } },
    ]);
  });

  it('is waited after longer and longer, up to 10 s, with full jitter', async () => {
    await start({ random: () => 0.999_999 });
    const waits: number[] = [];
    for (let failure = 0; failure < 6; failure++) {
      const before = clock.monotonicNow();
      latest().reject(transportError('Request unauthorized.'));
      const made = workers.length;
      while (workers.length === made) await clock.advance(50);
      waits.push(clock.monotonicNow() - before);
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });
});

describe('the reason of a failure', () => {
  it('is what Temporal told the log, not what kept the worker from closing', async () => {
    const { running } = await start({ maxConsecutiveFailures: 1 });
    latest().logger.error('Activity failed', { error: new Error('disk full') });
    latest().fail(transportError('Request unauthorized.'));
    latest().reject(new Error('Worker still in use: Expected 1 reference, but got 2'));
    const error = await rejection(running);
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({
      code: 'TEMPORAL_AUTH_WORKER_FAILED',
      message:
        'The worker failed: Temporal rejected the worker: Request unauthorized. Mend that and start the process again.',
      cause: { code: 'TEMPORAL_AUTH_CALL_REJECTED' },
    });
  });

  it('is made what it means by the given translation', async () => {
    const meaning = unreachable();
    const { running } = await start({ maxConsecutiveFailures: 1, translate: () => meaning });
    latest().reject(transportError('tcp connect error'));
    expect(await rejection(running)).toMatchObject({ kind: 'connectivity', cause: meaning, retryable: true });
  });

  it('stays as it is where the given translation throws, and the worker is replaced', async () => {
    const translate = (): never => {
      throw new Error('broken');
    };
    const { supervised } = await start({ translate });
    await replace();
    expect([workers.length, supervised.getState()]).toEqual([2, 'RUNNING']);
    await clock.advance(2_000);
    expect(log.messages('WARN')).toMatchObject([expect.not.stringContaining('broken')]);
  });

  it('is never attached as it came from the transport, and shows no token', async () => {
    const { running } = await start({ maxConsecutiveFailures: 1 });
    latest().reject(transportError('rejected: Bearer abcdefghijklmnopqrstuvwxyz'));
    const error = (await rejection(running)) as Error;
    expect(error.cause).toBeInstanceOf(ConnectivityError);
    expect(error.message).toContain('[redacted]');
    expect(JSON.stringify([error, error.cause, log.entries])).not.toContain('abcdefgh');
  });
});

describe('after too many failures in a row', () => {
  it('it gives up with the last reason, and says so', async () => {
    const { supervised, running } = await start({ maxConsecutiveFailures: 3 });
    await replace();
    await replace();
    expect(await isSettled(running)).toBe(false);
    latest().reject(transportError('Request unauthorized.'));
    expect(await rejection(running)).toMatchObject({
      code: 'TEMPORAL_AUTH_WORKER_FAILED',
      message: expect.stringContaining('failed 3 times in a row, the last time: Temporal rejected') as string,
    });
    expect(supervised.getState()).toBe('FAILED');
    expect(log.messages('ERROR')).toEqual([
      expect.stringContaining('Giving up on the worker: The worker failed 3 times in a row'),
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('it ends the process when asked, after the line in the log', async () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation((code) => {
      throw new Error(`exit ${String(code)} after ${log.messages('ERROR').length} line`);
    });
    const { running } = await start({ maxConsecutiveFailures: 1, onFatal: 'exit' });
    latest().reject(transportError('Request unauthorized.'));
    expect(await rejection(running)).toMatchObject({ message: 'exit 1 after 1 line' });
    exit.mockRestore();
  });

  it('counts from 0 again once a worker was healthy, and begins on the same connection', async () => {
    const { running } = await start({ maxConsecutiveFailures: 3 });
    await replace();
    await replace();
    await clock.advance(90_000);
    expect(log.messages('INFO')).toEqual([healthy]);
    await replace();
    expect(attempts.at(-1)).toMatchObject({ freshConnection: false });
    await replace();
    expect(await isSettled(running)).toBe(false);
  });
});

it('a worker of whose token nobody knows anything is healthy after the same time', async () => {
  await start({
    create: () => {
      const worker = new FakeWorker();
      workers.push(worker);
      return Promise.resolve({ worker });
    },
  });
  await replace();
  await clock.advance(90_000);
  expect(log.messages('INFO')).toEqual([healthy]);
});

describe('a worker is not healthy', () => {
  it('while it has run for less than the time that Temporal rejects one for', async () => {
    const { running } = await start({ maxConsecutiveFailures: 2 });
    await clock.advance(200_000);
    await replace();
    await clock.advance(60_000);
    expect(log.messages('INFO')).toEqual([]);
    latest().reject(transportError('Request unauthorized.'));
    expect(await rejection(running)).toMatchObject({ code: 'TEMPORAL_AUTH_WORKER_FAILED' });
  });

  it('while it is running and its token is bad, and its time begins anew after that', async () => {
    await start();
    await replace();
    isWell = false;
    await clock.advance(600_000);
    expect(log.messages('INFO')).toEqual([]);
    isWell = true;
    await clock.advance(89_750);
    expect(log.messages('INFO')).toEqual([]);
    await clock.advance(500);
    expect(log.messages('INFO')).toEqual([healthy]);
  });

  it('while its isWell() throws, and it is not replaced for that', async () => {
    const broken = (): boolean => {
      throw new Error('broken');
    };
    const create = (): Promise<CreatedWorker<FakeWorker>> => {
      const worker = new FakeWorker();
      workers.push(worker);
      return Promise.resolve({ worker, isWell: broken });
    };
    const { supervised } = await start({ create });
    await replace();
    await clock.advance(600_000);
    expect([workers.length, supervised.getState()]).toEqual([2, 'RUNNING']);
    expect(log.messages('INFO')).toEqual([]);
  });

  it('while it is shut down', async () => {
    const { supervised } = await start();
    await replace();
    supervised.shutdown();
    await clock.advance(600_000);
    expect(log.messages('INFO')).toEqual([]);
  });
});

describe('a worker that cannot be made', () => {
  it('is tried again on a new connection, when Temporal cannot be reached', async () => {
    complaint = transportError('tcp connect error');
    const { supervised } = await start();
    expect(supervised.getState()).toBe('WAITING');
    complaint = undefined;
    await clock.advance(750);
    expect(supervised.getState()).toBe('RUNNING');
    expect(attempts.map(({ freshConnection }) => freshConnection)).toEqual([false, true]);
    await clock.advance(2_000);
    expect(log.messages('WARN')).toEqual([
      expect.stringMatching(
        /^A worker failed: no other could be made: The worker cannot reach Temporal: tcp/,
      ),
    ]);
  });

  it('is tried again when the error says when', async () => {
    complaint = unreachable({ retryInMs: 17_000 });
    await start();
    await clock.advance(16_999);
    expect(attempts).toHaveLength(1);
    await clock.advance(1);
    expect(attempts).toHaveLength(2);
  });

  it.each([
    ['a wrong option', new TypeError('Task queue name is required')],
    ['a bundle that cannot be built', new Error('Webpack failed')],
    ['what will not pass', unreachable({ retryable: false })],
    ['nothing', null],
    ['a token that Temporal rejects', new AuthenticationError('Rejected.', { code: 'REJECTED' })],
    [
      'a place that is taken: there is another worker of the user',
      new Error('Registration of multiple workers'),
    ],
  ])('ends it at once for %s', async (_name, error) => {
    complaint = error;
    const { running } = await start();
    expect(await rejection(running)).toBe(error);
    expect(attempts).toHaveLength(1);
    expect(log.messages('ERROR')).toHaveLength(1);
  });

  it('ends it at once for a wrong option also after one has run', async () => {
    const { running } = await start();
    complaint = new TypeError('Task queue name is required');
    await replace();
    expect(await rejection(running)).toBe(complaint);
  });

  it('is tried again when the first one has no token yet, and may have one soon', async () => {
    complaint = new AuthenticationError('No token.', { code: 'NO_TOKEN', retryable: true });
    const { supervised } = await start();
    expect(supervised.getState()).toBe('WAITING');
    complaint = undefined;
    await clock.advance(750);
    expect(supervised.getState()).toBe('RUNNING');
  });

  it('is tried again when Temporal rejects it, and took one before', async () => {
    const { supervised } = await start();
    complaint = transportError('Request unauthorized.');
    await replace();
    await clock.advance(10_000);
    expect(supervised.getState()).toBe('WAITING');
    complaint = undefined;
    await clock.advance(10_000);
    expect(supervised.getState()).toBe('RUNNING');
  });

  it('counts among the failures in a row', async () => {
    complaint = unreachable();
    const { running } = await start({ maxConsecutiveFailures: 2 });
    await clock.advance(750);
    expect(await rejection(running)).toMatchObject({
      kind: 'connectivity',
      code: 'TEMPORAL_AUTH_WORKER_FAILED',
    });
  });

  it('is tried on a new connection when a failed one still has its place on the old one', async () => {
    const { supervised } = await start();
    complaint = new Error('Failed to initialize worker: Registration of multiple workers with …');
    await replace();
    complaint = undefined;
    await clock.advance(10_000);
    expect(supervised.getState()).toBe('RUNNING');
    expect(attempts.at(-1)).toMatchObject({ freshConnection: true });
  });
});
