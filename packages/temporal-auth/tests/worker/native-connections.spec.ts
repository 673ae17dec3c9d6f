import type {
  ActivityInterceptorsFactory,
  NativeConnection,
  Worker,
  WorkerOptions,
} from '@temporalio/worker';
import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Conditions } from '@worker-auth/calls/conditions/conditions';
import { ConnectionFactory } from '../../src/connection/connection-factory.ts';
import { TokenReplacement } from '@worker-auth/calls/tokens/token-replacement';
import type { MonitoredConnection } from '../../src/worker/monitored-connection.ts';
import { NativeConnections } from '../../src/worker/native-connections.ts';
import { FakeConnection, FakeTokens, native } from '../support/fake-connection.ts';
import { rejection } from '../support/scene.ts';

/** As much of a worker as is looked at. */
class FakeWorkerOf {
  state: ReturnType<Worker['getState']> = 'RUNNING';
  readonly options: Worker['options'];
  connection: NativeConnection | undefined;

  constructor(options: WorkerOptions) {
    this.options = options as unknown as Worker['options'];
    this.connection = options.connection;
  }

  getState(): ReturnType<Worker['getState']> {
    return this.state;
  }
}

let clock: FakeClock;
let log: RecordingLogger;
let conditions: Conditions;
let tokens: FakeTokens;
let opened: FakeConnection[];
let openedIn: string[];
let openError: Error | undefined;
let healths: (string | undefined)[];
let connections: NativeConnections;

function create(isMonitored = true, ours?: FakeConnection, acknowledgeResults = false): NativeConnections {
  return new NativeConnections({
    ...{ clock, logger: log, conditions, random: () => 0, acknowledgeResults, pendingResultsShare: 0.5 },
    replacement: isMonitored ? new TokenReplacement(tokens, clock) : undefined,
    ...{ certificates: undefined, shutdownTimeoutMs: 25_000 },
    events: { emit: () => undefined },
    onHealth: () => healths.push(connections.health?.kind),
    open: (namespace) => {
      openedIn.push(namespace);
      if (openError !== undefined) return Promise.reject(openError);
      const connection = ours ?? new FakeConnection();
      opened.push(connection);
      return Promise.resolve(native(connection));
    },
  });
}

beforeEach(() => {
  [clock, log, tokens] = [new FakeClock(), new RecordingLogger(), new FakeTokens()];
  conditions = new Conditions(clock, log);
  [opened, openedIn, openError, healths] = [[], [], undefined, []];
  connections = create();
});

/** As the native connection gives it. */
const rejectedError = Object.assign(new Error('Request unauthorized.'), {
  code: 7,
  details: '',
  metadata: {},
});

/** A worker that runs; its connection is of the user when one is given. */
async function run(options: Partial<WorkerOptions> = {}): Promise<Worker & FakeWorkerOf> {
  const whole = await connections.workerOptions({ taskQueue: 'extraction', ...options });
  const worker = new FakeWorkerOf(whole) as unknown as Worker & FakeWorkerOf;
  connections.begin(worker);
  return worker;
}

async function end(worker: Worker & FakeWorkerOf): Promise<void> {
  worker.state = 'STOPPED';
  await connections.ended(worker);
}

describe('the connection of workers that have none', () => {
  it('is shared, and closed when the last of them has ended', async () => {
    const [first, second] = await Promise.all([run(), run({ namespace: 'other' })]);
    expect([opened.length, openedIn]).toEqual([1, ['default']]);
    expect(first.connection).toBe(second.connection);
    await end(first);
    await end(first);
    expect(opened[0]?.closings).toBe(0);
    await end(second);
    expect(opened[0]?.closings).toBe(1);
    expect(clock.pendingTimers).toBe(0);
    await run();
    expect(opened).toHaveLength(2);
  });

  it('is closed when its worker could not be made', async () => {
    const options = await connections.workerOptions({ taskQueue: 'extraction' });
    await connections.ended({ options });
    expect(opened[0]?.closings).toBe(1);
  });

  it('that could not be opened is opened anew for the next worker', async () => {
    openError = new Error('away');
    expect(await rejection(run())).toBe(openError);
    openError = undefined;
    await run();
    expect(opened).toHaveLength(1);
  });

  it('that could not be opened in one namespace is opened in the others, for all their workers', async () => {
    openError = rejectedError;
    const rejected = [rejection(run({ namespace: 'first' })), rejection(run({ namespace: 'first' }))];
    openError = undefined;
    const others = await Promise.all(['second', 'second', 'third'].map((namespace) => run({ namespace })));
    expect(await Promise.all(rejected)).toEqual([rejectedError, rejectedError]);
    expect(openedIn).toEqual(['first', 'second']);
    expect(new Set(others.map(({ connection }) => connection)).size).toBe(1);
  });

  it('is another one for the next worker when it is retired, and still closed with its last', async () => {
    const first = await run();
    connections.retireOwn();
    const second = await run();
    expect(second.connection).not.toBe(first.connection);
    await end(first);
    expect(opened.map(({ closings }) => closings)).toEqual([1, 0]);
    expect((await run()).connection).toBe(second.connection);
    await connections.stop();
    expect(opened.map(({ closings }) => closings)).toEqual([1, 1]);
  });

  it.each([true, false])(
    'is closed at the end, also when it is opened only then (monitored: %s)',
    async (isMonitored) => {
      connections = create(isMonitored);
      const making = ['default', 'other'].map((namespace) =>
        rejection(connections.workerOptions({ taskQueue: 'extraction', namespace })),
      );
      await connections.stop();
      for (const error of await Promise.all(making))
        expect(error).toMatchObject({ code: 'TEMPORAL_AUTH_CLOSED' });
      expect(openedIn).toEqual(['default']);
      expect(opened[0]?.closings).toBe(1);
    },
  );

  it('is closed only when the activities are reported that its worker has left behind', async () => {
    connections = create(true, undefined, true);
    const worker = await run();
    const info = { isLocal: false, activityType: 'countRows', activityId: '7', taskToken: Uint8Array.of(1) };
    const context = {
      info,
      heartbeat: () => undefined,
    } as unknown as Parameters<ActivityInterceptorsFactory>[0];
    const [interceptor] = worker.options.interceptors.activity;
    const activity = Promise.withResolvers<number>();
    const running = interceptor?.(context).inbound?.execute?.(
      { args: [], headers: {} },
      () => activity.promise,
    );
    await end(worker);
    expect(opened[0]?.closings).toBe(0);
    activity.resolve(42);
    await running?.catch(() => undefined);
    await expect.poll(() => opened[0]?.closings).toBe(1);
  });

  it('that cannot be closed for another reason is left without a word', async () => {
    const worker = await run();
    const [connection] = opened;
    if (connection !== undefined) connection.closeError = new Error('Client already closed');
    await end(worker);
    expect(log.entries).toEqual([]);
  });

  it('that a worker holds, which runs or has failed, is left, with a warning', async () => {
    const worker = await run();
    const [connection] = opened;
    if (connection !== undefined) connection.closeError = new Error('Workers hold a reference to it');
    await end(worker);
    expect(log.messages('WARN')).toEqual([
      'A worker still holds its connection, which cannot be closed: shut it down before close(), or end the process by process.exit() if it has failed',
    ]);
  });
});

it('a worker begins and ends once, also where the plugin was given twice', async () => {
  const worker = await run();
  const other = await run();
  connections.begin(worker);
  connections.begin(new FakeWorkerOf({ taskQueue: 'of the user', interceptors: {} }) as unknown as Worker);
  expect(connections.workers.health()).toHaveLength(2);
  for (let times = 0; times < 2; times++) await end(worker);
  expect(opened[0]?.closings).toBe(0);
  await end(other);
  expect(opened[0]?.closings).toBe(1);
});

describe('options of a worker', () => {
  it('have one interceptor more, before those of the user, which does nothing where Core reports the results', async () => {
    const plain = await connections.workerOptions({ taskQueue: 'extraction', interceptors: {} });
    expect(plain.interceptors?.activity?.map((one) => one({} as never))).toEqual([{}]);
    const unmonitored = await create(false).workerOptions({ taskQueue: 'extraction' });
    expect(unmonitored.interceptors?.activity?.map((one) => one({} as never))).toEqual([{}]);
    const ours: ActivityInterceptorsFactory = () => ({});
    const whole = await connections.workerOptions({ ...plain, interceptors: { activity: [ours] } });
    expect(whole.interceptors?.activity).toEqual([expect.any(Function), ours]);
  });

  it('scale the pollers of which they say nothing', async () => {
    const { workflowTaskPollerBehavior } = await connections.workerOptions({ taskQueue: 'extraction' });
    expect(workflowTaskPollerBehavior).toMatchObject({ type: 'autoscaling' });
  });
});

describe('the tokens of a connection', () => {
  it('have the health of the worst namespace', async () => {
    const connection = new FakeConnection();
    const rejectOther = connection.workflowService;
    Object.assign(rejectOther, {
      recordWorkerHeartbeat: ({ namespace }: { namespace: string }) =>
        namespace === 'other' ? Promise.reject(rejectedError) : Promise.resolve({}),
    });
    await run({ connection: native(connection) });
    const other = await run({ connection: native(connection), namespace: 'other' });
    await clock.advance(0);
    expect(connections.health?.kind).toBe('rejected');
    await clock.advance(3_000);
    expect(conditions.list).toMatchObject([{ code: 'PERMISSION_MISSING', scope: { namespace: 'other' } }]);
    await end(other);
    expect(connections.health?.kind).toBe('good');
    expect(healths).toContain('rejected');
  });

  it('have a health for each worker: that of its own connection', async () => {
    const rejecting = new FakeConnection();
    rejecting.rejection = rejectedError;
    const [good, rejected] = [await run(), await run({ connection: native(rejecting) })];
    await clock.advance(0);
    expect([good, rejected].map((worker) => connections.healthOf(worker)?.kind)).toEqual([
      'good',
      'rejected',
    ]);
    await end(rejected);
    expect(connections.healthOf(rejected)).toBeUndefined();
    connections = create(false);
    expect(connections.healthOf(await run())).toBeUndefined();
  });

  it('are forgotten, with all that listens to them, once the connection is closed', () => {
    const monitored = connections.monitor(native(new FakeConnection()));
    const stop = vi.spyOn(monitored as MonitoredConnection, 'stop');
    monitored?.token.stop();
    for (let times = 0; times < 2; times++) connections.monitor(native(new FakeConnection()));
    expect(stop).toHaveBeenCalledOnce();
  });

  it('count no more once the connection is closed', async () => {
    const connection = new FakeConnection();
    await run({ connection: native(connection) });
    await clock.advance(0);
    connection.rejection = Object.assign(new Error('Client already closed'), { name: 'IllegalStateError' });
    await clock.advance(20_000);
    expect([connections.health, clock.pendingTimers]).toEqual([undefined, 0]);
    await run({ connection: native(new FakeConnection()) });
    connections.monitor(native(new FakeConnection()));
    await clock.advance(0);
    expect(connections.health?.kind).toBe('good');
  });
});

describe('a connection on which the token is rejected', () => {
  /** Opened with the plugin, so that another one like it can be opened. */
  function openedAgain(next: FakeConnection): FakeConnection {
    const factory = new ConnectionFactory({ address: 'temporal:7233' }, { token: 'first' });
    factory.open = () => Promise.resolve(native(next));
    return new FakeConnection([factory]);
  }

  const again = (): FakeConnection =>
    new FakeConnection([new ConnectionFactory({ address: 'temporal:7233' }, { token: 'first' })]);

  it('is replaced under its workers by one on which it is accepted', async () => {
    const next = again();
    const connection = openedAgain(next);
    const worker = await run({ connection: native(connection) });
    await clock.advance(0);
    connection.rejection = rejectedError;
    await clock.advance(40_000);
    expect(worker.connection).toBe(native(next));
    expect(next.closings).toBe(0);
    expect(log.matching('accepts it on a new one')).toMatchObject([{ meta: { address: 'temporal:7233' } }]);
    expect(connections.health?.kind).toBe('good');
    // What took the place of a connection of the user's is his to close, by his own.
    await connections.stop();
    expect([connection.closings, next.closings]).toEqual([0, 0]);
    await connection.close();
    expect([connection.closings, next.closings]).toEqual([1, 1]);
  });

  it('leads its worker to the one in its place, where its user gives it once more', async () => {
    const next = again();
    const connection = openedAgain(next);
    const worker = await run({ connection: native(connection) });
    await clock.advance(0);
    connection.rejection = rejectedError;
    await clock.advance(40_000);
    const other = native(new FakeConnection());
    for (const [given, kept] of [
      [other, other],
      [native(connection), native(next)],
    ] as const) {
      worker.connection = given;
      connections.look(worker);
      expect(worker.connection).toBe(kept);
    }
  });

  it('is replaced within 7 s of the last accepted result, even when the calls of its workers are lost without a word', async () => {
    const next = again();
    const connection = openedAgain(next);
    const worker = await run({ connection: native(connection) });
    await clock.advance(10_000);
    connections.monitor(native(connection))?.accepted('default');
    connection.rejection = rejectedError;
    await clock.advance(7_000);
    expect(worker.connection).toBe(native(next));
    await clock.advance(2_000);
    expect(connections.health?.kind).toBe('good');
  });

  it('stays open while a worker is being made on it', async () => {
    const next = again();
    const later = openedAgain(next);
    // Made by us, and so to be closed as soon as nobody uses it.
    connections = create(true, later);
    const whole = await connections.workerOptions({ taskQueue: 'extraction' });
    await clock.advance(0);
    later.rejection = rejectedError;
    await clock.advance(80_000);
    expect(connections.monitor(native(later))?.token.connection).toBe(native(next));
    expect([whole.connection, later.closings]).toEqual([native(later), 0]);
    const worker = new FakeWorkerOf(whole) as unknown as Worker & FakeWorkerOf;
    connections.begin(worker);
    expect(worker.connection).toBe(native(next));
    await expect.poll(() => later.closings).toBe(1);
  });

  it('is not replaced while a newer token is on its way', async () => {
    const next = again();
    const connection = openedAgain(next);
    const worker = await run({ connection: native(connection) });
    await clock.advance(0);
    connection.rejection = rejectedError;
    tokens.peek = () => undefined as never;
    await clock.advance(40_000);
    expect([worker.connection, next.probes]).toEqual([native(connection), []]);
  });

  it('is kept while the namespace that rejects it does so on a new one too, whatever another namespace does', async () => {
    const next = again();
    const connection = openedAgain(next);
    for (const { workflowService } of [connection, next])
      workflowService.recordWorkerHeartbeat = ({ namespace }) =>
        namespace === 'other' ? Promise.reject(rejectedError) : Promise.resolve({});
    const workers = [
      await run({ connection: native(connection) }),
      await run({ connection: native(connection), namespace: 'other' }),
    ];
    await clock.advance(40_000);
    expect(next.closings).toBeGreaterThan(0);
    expect(workers.map((worker) => worker.connection)).toEqual([native(connection), native(connection)]);
  });
});
