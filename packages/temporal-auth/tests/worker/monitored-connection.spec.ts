import type { ActivityInterceptorsFactory, Worker } from '@temporalio/worker';
import { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Conditions } from '@worker-auth/calls/conditions/conditions';
import { ConnectionFactory } from '../../src/connection/connection-factory.ts';
import { DeliveryLog } from '@worker-auth/calls/delivery/delivery-log';
import { ResultSender } from '@worker-auth/calls/delivery/result-sender';
import { TokenReplacement } from '@worker-auth/calls/tokens/token-replacement';
import type { ClientCertificates } from '@worker-auth/calls/network/client-certificates';
import { MonitoredConnection } from '../../src/worker/monitored-connection.ts';
import { WorkerPlace } from '../../src/worker/worker-place.ts';
import { FakeConnection, FakeTokens, native } from '../support/fake-connection.ts';
import { grpcError } from '@worker-auth/calls/tests/grpc-error';
import { RecordedEvents } from '@worker-auth/calls/tests/recorded-events';
import { fixedSlots } from '../support/report-scene.ts';

const rejected = grpcError('PERMISSION_DENIED');
const unavailable = grpcError('UNAVAILABLE');
const alreadyClosed = Object.assign(new Error('Client already closed'), { name: 'IllegalStateError' });

let clock: FakeClock;
let log: RecordingLogger;
let conditions: Conditions;
let tokens: FakeTokens;
let events: RecordedEvents;
let replacement: TokenReplacement;
let connection: FakeConnection;
let monitored: MonitoredConnection;

function monitor(acknowledgeResults = false, certificates?: FakeTokens): MonitoredConnection {
  return new MonitoredConnection(native(connection), false, {
    ...{
      clock,
      logger: log,
      conditions,
      random: () => 0,
      events,
      replacement,
      acknowledgeResults,
      pendingResultsShare: 0.5,
    },
    certificates: certificates as ClientCertificates | undefined,
    onHealth: () => undefined,
  });
}

function worker(): Worker {
  const options = { namespace: 'default', taskQueue: 'extraction', interceptors: {}, tuner: fixedSlots(100) };
  return { options, connection: native(connection), getState: () => 'RUNNING' } as unknown as Worker;
}

/** What is known of a worker that is to be made in the namespace. */
async function use(namespace: string, place = monitored): Promise<WorkerPlace> {
  const { options } = place;
  const log = options.acknowledgeResults ? new DeliveryLog(options, namespace) : undefined;
  const added = new WorkerPlace(place, { namespace, log, monitor: () => place });
  await added.ready();
  return added;
}

/** What Temporal says to a token in one namespace, whatever it says in others. */
function answer(namespace: string, error: Error, token = 'second'): void {
  const { recordWorkerHeartbeat } = connection.workflowService;
  connection.workflowService.recordWorkerHeartbeat = (request) =>
    request.namespace === namespace && (connection.tried ?? connection.told.at(-1) ?? 'first') === token
      ? Promise.reject(error)
      : recordWorkerHeartbeat(request);
}

beforeEach(() => {
  [clock, log, tokens, events] = [
    new FakeClock(),
    new RecordingLogger(),
    new FakeTokens(),
    new RecordedEvents(),
  ];
  conditions = new Conditions(clock, log);
  replacement = new TokenReplacement(tokens, clock);
  const factory = new ConnectionFactory({ address: 'temporal:7233' }, { token: 'first' });
  connection = new FakeConnection([factory]);
  monitored = monitor();
});

afterEach(() => monitored.stop());

describe('the workers of a namespace', () => {
  it('have one monitor, until the last of them has ended', async () => {
    const [first, second] = [await use('default'), await use('default')];
    await clock.advance(0);
    expect(connection.probes).toHaveLength(1);
    monitored.remove(first);
    await clock.advance(20_000);
    expect([connection.probes.length, monitored.healths[0]?.kind]).toEqual([2, 'good']);
    monitored.remove(second);
    await clock.advance(0);
    expect([clock.pendingTimers, monitored.healths]).toEqual([0, []]);
  });

  it('end without an end of the others, also during a probe', async () => {
    const ending = await use('ending');
    connection.workflowService.recordWorkerHeartbeat = () => new Promise(() => undefined);
    await clock.advance(0);
    monitored.remove(ending);
    await clock.advance(0);
    expect(monitored.token.isClosed).toBe(false);
  });

  it('are probed soon after a call was rejected with their token, and not for another token', async () => {
    await use('default');
    await clock.advance(5_000);
    void replacement.rejected(replacement.connection().scope('default', 'a call'), ['another'], 0);
    await clock.advance(50);
    expect(connection.probes).toHaveLength(1);
    void replacement.rejected(replacement.connection().scope('default', 'a call'), ['first'], 0);
    await clock.advance(50);
    expect(connection.probes).toHaveLength(2);
  });

  it('have their results reported here only where that is wanted, by one reporter each', async () => {
    const plain = await use('default');
    plain.begin(worker());
    expect(plain.reporter).toBeUndefined();
    const reporting = monitor(true);
    const another = await use('default', reporting);
    another.begin(worker());
    const { reporter } = another;
    another.begin(worker());
    expect([reporter?.idle, another.reporter === reporter]).toEqual([undefined, true]);
    const context = { info: { isLocal: true } } as unknown as Parameters<ActivityInterceptorsFactory>[0];
    expect(reporter?.interceptor(context)).toEqual({});
    await reporting.stop();
  });
});

describe('a call that has no answer', () => {
  it.each([true, false])('is to be made again where another connection answers: %s', async (isAnswered) => {
    const next = new FakeConnection([
      new ConnectionFactory({ address: 'temporal:7233' }, { token: 'first' }),
    ]);
    const unanswered = (): Promise<never> => new Promise(() => undefined);
    for (const one of isAnswered ? [connection] : [connection, next])
      one.workflowService.recordWorkerHeartbeat = unanswered;
    vi.spyOn(ConnectionFactory.prototype, 'open').mockResolvedValue(native(next));
    await use('default');
    const asked = monitored.silent('default');
    for (let times = 0; times < 4; times++) await clock.advance(750);
    expect(await asked).toBe(isAnswered);
    expect(monitored.token.connection).toBe(native(isAnswered ? next : connection));
  });

  it('is made on the same one where none can be opened', async () => {
    connection = new FakeConnection();
    monitored = monitor();
    expect(await monitored.silent('default')).toBe(false);
  });
});

describe('a new token', () => {
  it.each([
    [false, []],
    [true, ['second']],
  ])(
    'that one of two namespaces rejects waits a minute, which is told, and is used if the other rejects the one before: %s',
    async (isRejected, expected) => {
      await Promise.all([use('default'), use('other')]);
      await clock.advance(0);
      answer('other', rejected);
      if (isRejected) answer('default', rejected, 'first');
      tokens.refresh('second');
      for (let waitedMs = 0; waitedMs < 59_000; waitedMs += 500) await clock.advance(500);
      expect(connection.told).toEqual([]);
      expect(log.matching('One namespace or more rejects the new access token')).toHaveLength(1);
      for (let waitedMs = 0; waitedMs < 5_000; waitedMs += 500) await clock.advance(500);
      expect(connection.told).toEqual(expected);
    },
  );

  it('is kept back while all reject it, which is logged', async () => {
    await use('default');
    await clock.advance(0);
    answer('default', rejected);
    tokens.refresh('second');
    await clock.advance(0);
    expect(connection.told).toEqual([]);
    const message = 'Temporal rejects the new access token; workers keep the one before';
    const meta = { address: 'temporal:7233', namespaces: ['default'] };
    expect(log.matching(message)).toMatchObject([{ level: 'WARN', meta }]);
  });

  it('is tried without a namespace while there is no worker', async () => {
    connection.rejected.set('second', rejected);
    tokens.refresh('second');
    await clock.advance(0);
    expect([connection.told, connection.probes]).toEqual([[], []]);
  });

  it('that the connection does not take is logged', async () => {
    connection.pushError = new Error('no such client');
    tokens.refresh('second');
    await clock.advance(0);
    expect(log.entries).toMatchObject([
      {
        level: 'ERROR',
        message: 'A native connection did not take the new access token',
        meta: { reason: expect.stringContaining('for namespace "default": no such client') as string },
      },
    ]);
  });
});

describe('a probe', () => {
  it('that is rejected has the token replaced, and is made again at once', async () => {
    await use('default');
    await clock.advance(0);
    connection.rejected.set(undefined, rejected);
    tokens.getToken = () => {
      tokens.refresh('second');
      return Promise.resolve('second');
    };
    await clock.advance(17_500);
    expect(monitored.healths[0]?.kind).toBe('good');
    expect(events.of('temporalProbed')).toEqual(
      ['good', 'rejected', 'good'].map((result) => ({ result, durationMs: 0 })),
    );
  });

  it('that is rejected once opens no other connection', async () => {
    let opened = 0;
    const [factory] = connection.plugins as [ConnectionFactory];
    factory.open = () => Promise.resolve(native(new FakeConnection([`${++opened}`])));
    await use('default');
    await clock.advance(0);
    connection.rejection = rejected;
    await clock.advance(17_500);
    expect([monitored.healths[0]?.kind, opened]).toEqual(['rejected', 0]);
  });

  it('without an answer has no token replaced, and is raised', async () => {
    let asked = 0;
    tokens.getToken = () => Promise.resolve(`another ${++asked}`);
    connection.rejection = unavailable;
    await use('default');
    await clock.advance(3_000);
    const cause = expect.stringContaining('temporal:7233') as string;
    const scope = { namespace: 'default', address: 'temporal:7233' };
    expect(monitored.healths[0]).toMatchObject({ kind: 'unreachable' });
    expect(conditions.list).toMatchObject([{ code: 'TEMPORAL_UNREACHABLE', scope, cause }]);
    connection.rejection = undefined;
    await clock.advance(4_000);
    expect(conditions.list).toEqual([]);
    expect(asked).toBe(0);
  });
});

it('a connection that takes the place of another is known, and a closed one is not taken', async () => {
  const next = new FakeConnection([new ConnectionFactory({ address: 'temporal:7233' }, { token: 'first' })]);
  const closed = new FakeConnection();
  closed.rejection = alreadyClosed;
  const opened = [closed, next];
  const [factory] = connection.plugins as [ConnectionFactory];
  factory.open = () => Promise.resolve(native(opened.shift() ?? next));
  await use('default');
  await clock.advance(0);
  connection.rejection = rejected;
  await clock.advance(20_000);
  expect([monitored.token.isClosed, closed.isClosed]).toEqual([false, true]);
  await clock.advance(20_000);
  expect(monitored.token.connection).toBe(native(next));
  expect(monitored.all.has(native(next))).toBe(true);
  await monitored.stop();
  expect([connection.closings, next.closings]).toEqual([0, 0]);
});

describe('a connection that is replaced while Temporal is asked on it', () => {
  let [another, answered] = [new FakeConnection(), Promise.withResolvers<object>()];

  beforeEach(() => {
    [another, answered] = [new FakeConnection(), Promise.withResolvers()];
    connection.workflowService.recordWorkerHeartbeat = () => answered.promise;
  });

  it('leaves the workers monitored, on the next one', async () => {
    await use('default');
    await clock.advance(0);
    monitored.token.replaceConnection(native(another), 'first');
    answered.reject(alreadyClosed);
    await clock.advance(60_000);
    expect([another.probes.length > 1, monitored.healths]).toEqual([
      true,
      [{ kind: 'good', wasAccepted: true }],
    ]);
  });

  it('gets new tokens on the next one', async () => {
    await use('default');
    tokens.refresh('second');
    await clock.advance(0);
    monitored.token.replaceConnection(native(another), 'first');
    answered.reject(alreadyClosed);
    await clock.advance(0);
    tokens.refresh('third');
    await clock.advance(5_000);
    expect([another.told.at(-1), monitored.token.current]).toEqual(['third', 'third']);
  });
});

it('a connection that one of two namespaces accepts takes the place of one that none accepts', async () => {
  const next = new FakeConnection();
  const { recordWorkerHeartbeat } = next.workflowService;
  next.workflowService.recordWorkerHeartbeat = (request) =>
    request.namespace === 'other' ? Promise.reject(rejected) : recordWorkerHeartbeat(request);
  const [factory] = connection.plugins as [ConnectionFactory];
  factory.open = () => Promise.resolve(native(next));
  await Promise.all([use('default'), use('other')]);
  await clock.advance(0);
  connection.rejection = rejected;
  await clock.advance(20_000);
  expect(monitored.token.connection).toBe(native(next));
});

it('an error says what to check: the token, which it does not show, or the certificate in its place', () => {
  const token = 'opaque-0123456789abcdef0123456789abcdef';
  tokens.current = token;
  const said = monitor().explain(grpcError('PERMISSION_DENIED', `${token} is bad`));
  expect(said).toContain('Check that the token');
  expect(said).not.toContain(token);
  expect(monitor(false, tokens).explain(rejected)).toContain('certificate');
});

it('the end waits for the last results', async () => {
  const reporting = monitor(true);
  const reported = await use('default', reporting);
  reported.begin(worker());
  const settled = Promise.withResolvers<undefined>();
  vi.spyOn(ResultSender.prototype, 'settled').mockReturnValue(settled.promise);
  const stopped = reporting.stop(clock.monotonicNow() + 1_000);
  await clock.advance(0);
  expect(reported.ending.aborted).toBe(false);
  settled.resolve(undefined);
  await stopped;
  expect(reported.ending.aborted).toBe(true);
});

it('the end leaves no listener to rejected tokens', async () => {
  const unsubscribe = vi.fn();
  vi.spyOn(replacement, 'onRejected').mockReturnValue(unsubscribe);
  await monitor().stop();
  expect(unsubscribe).toHaveBeenCalledOnce();
});

it('the end leaves no timer, no subscription, and the connection of the user open', async () => {
  await use('default');
  await clock.advance(0);
  await monitored.stop();
  void replacement.rejected(replacement.connection().scope('default', 'a call'), ['first'], 0);
  tokens.refresh('second');
  await clock.advance(60_000);
  expect([clock.pendingTimers, tokens.listeners.size, connection.closings]).toEqual([0, 0, 0]);
  expect(monitored.ending.aborted).toBe(true);
  expect([connection.probes.length, connection.told]).toEqual([1, []]);
  await expect(use('default')).rejects.toMatchObject({ code: 'TEMPORAL_AUTH_CLOSED' });
});
