import type { NativeConnection, Worker } from '@temporalio/worker';
import { describe, expect, it, vi } from 'vitest';
import type { ClientCertificate } from '@worker-auth/refresh-scheduler/certificate';
import type { ProbeResultKinds } from '../../src/connection/connection-token-options.ts';
import type { ProbeResultKind } from '@worker-auth/calls/conditions/worker-events';
import { ConnectionFactory, type Presented } from '../../src/connection/connection-factory.ts';
import { Conditions } from '@worker-auth/calls/conditions/conditions';
import { TokenReplacement } from '@worker-auth/calls/tokens/token-replacement';
import { ConnectionReplacer } from '../../src/worker/connection-replacer.ts';
import { type PlacedWorker, ProbedConnection } from '../../src/worker/probed-connection.ts';
import type { WorkerEventSink } from '@worker-auth/calls/conditions/worker-events';
import { FakeConnection, native } from '../support/fake-connection.ts';
import { FakeMovedWorker } from '../support/fake-moved-worker.ts';
import { keepCertificates } from '@worker-auth/calls/tests/kept-certificates';

const connected = 'The workers are connected with another client certificate';

const said = (verdict: ProbeResultKind, namespace = 'default'): Promise<ProbeResultKinds> =>
  Promise.resolve(new Map([[namespace, verdict]]));

const placeOf = (madeOn: FakeConnection, namespace: string, worker?: Worker): PlacedWorker =>
  ({ namespace, madeOn: native(madeOn), worker }) as unknown as PlacedWorker;

/** A connection that was opened with the first certificate, and is replaced. */
async function openReplacer(
  options: Partial<Pick<ProbedConnection, 'tryToken'>> & {
    readonly open?: () => Promise<FakeConnection>;
    /** Whether the first connection is ours to close. */
    readonly isOurs?: boolean;
    /** What the first connection presents. */
    readonly presented?: Presented;
    /** What Temporal says on the first connection; `undefined` while it does not answer. Default it rejects. */
    readonly here?: (namespace: string) => ProbeResultKind | undefined;
  } = {},
) {
  await using resources = new AsyncDisposableStack();
  const kept = resources.use(await keepCertificates());
  const { certificates, clock, log } = kept;
  const first = await kept.issue();
  const opened: FakeConnection[] = [];
  const open = (): Promise<FakeConnection> => {
    const connection = new FakeConnection([factoryOf(certificates.newest.fingerprint)]);
    opened.push(connection);
    return Promise.resolve(connection);
  };
  const factoryOf = (fingerprint: string, presented: Presented = { fingerprint }): ConnectionFactory => {
    const factory = new ConnectionFactory({ address: 'temporal:7233' }, presented);
    factory.open = async () => native(await (options.open ?? open)());
    return factory;
  };
  const factory = factoryOf(first.fingerprint, options.presented);
  const connection = new FakeConnection([factory]);
  const replaced: unknown[] = [];
  const events: WorkerEventSink = {
    emit: (name, event) => {
      if (name === 'connectionReplaced') replaced.push(event);
    },
  };
  const place = new ProbedConnection(native(connection), options.isOurs !== false, {
    ...{ certificates, clock, logger: log, events, conditions: new Conditions(clock, log) },
    ...{
      replacement: new TokenReplacement(certificates, clock),
      acknowledgeResults: false,
      pendingResultsShare: 0.5,
    },
    ...{ random: () => 0, onHealth: () => undefined },
  });
  const { token: held, workers } = place;
  const soonProbed: NativeConnection[] = [];
  vi.spyOn(place, 'tryToken').mockImplementation((one, ...more) => {
    const { tryToken = () => said('good'), here = () => 'rejected' } = options;
    if (one !== native(connection)) return tryToken(one, ...more);
    const [namespace = ''] = more[1] ?? [];
    const verdict = here(namespace);
    return verdict === undefined ? new Promise(() => undefined) : said(verdict, namespace);
  });
  vi.spyOn(place, 'explain').mockImplementation((error) => (error as Error).message);
  const replacer = new ConnectionReplacer(place, factory, () => soonProbed.push(held.connection));
  const stop = (): Promise<void> => {
    place.end();
    return replacer.stop();
  };
  resources.defer(stop);
  await clock.advance(0);
  const taken = resources.move();
  return {
    ...{ kept, certificates, clock, log, connection, opened, held, replacer, replaced, soonProbed },
    stop,
    /** Another certificate is there, and what that leads to has happened. */
    rotate: async (): Promise<ClientCertificate> => {
      const certificate = await kept.issue();
      await clock.advance(0);
      return certificate;
    },
    /** Calls that are open on a connection that was replaced have ended. */
    end: () => clock.advance(30_000),
    /** The files are looked at once more. */
    look: async () => {
      await certificates.refreshNow();
      await clock.advance(0);
    },
    /** A worker that was made on this connection and runs. */
    addWorker: (madeOn: FakeConnection): FakeMovedWorker => {
      const moved = new FakeMovedWorker(native(madeOn));
      const worker = moved as unknown as Worker;
      workers.add(placeOf(madeOn, 'default', worker));
      replacer.add(worker);
      return moved;
    },
    /** A worker is being made on this connection. */
    makeWorker: (madeOn: FakeConnection, namespace = 'default') => workers.add(placeOf(madeOn, namespace)),
    [Symbol.asyncDispose]: () => taken.disposeAsync(),
  };
}

describe('a connection whose certificate rotates', () => {
  it('is replaced by another when there is another certificate, and closed', async () => {
    await using scene = await openReplacer();
    const { connection: first, opened, held, log } = scene;
    const { notAfter } = await scene.rotate();
    const [second] = opened as [FakeConnection];
    await scene.replacer.closeLeft();
    expect(first.isClosed).toBe(false);
    await scene.end();
    expect([held.connection, held.current]).toEqual([second, scene.certificates.newest.fingerprint]);
    expect([first.isClosed, second.isClosed]).toEqual([true, false]);
    expect(log.entries).toEqual([{ level: 'INFO', message: connected, meta: { notAfter } }]);
    expect(scene.replaced).toEqual([{ address: 'temporal:7233', reason: 'certificate' }]);
    expect(scene.soonProbed).toEqual([second]);
  });

  it('stays while the certificate is the same', async () => {
    await using scene = await openReplacer();
    await scene.look();
    expect(scene.opened).toEqual([]);
    await scene.rotate();
    await scene.look();
    expect(scene.opened).toHaveLength(1);
  });

  it('is replaced at once when another came while it was being opened', async () => {
    await using scene = await openReplacer({ presented: { fingerprint: 'before' } });
    expect(scene.opened).toHaveLength(1);
  });

  it('stays when it presents none of them', async () => {
    await using scene = await openReplacer({ presented: {} });
    await scene.rotate();
    expect(scene.opened).toEqual([]);
  });

  it('is closed while a worker is made on another', async () => {
    await using scene = await openReplacer();
    scene.makeWorker(new FakeConnection());
    await scene.rotate();
    await scene.end();
    expect(scene.connection.isClosed).toBe(true);
  });

  it('of a user stands for the one in its place, until he closes that by it', async () => {
    await using scene = await openReplacer({ isOurs: false });
    const { connection, opened } = scene;
    const { workflowService } = connection;
    await scene.rotate();
    await scene.rotate();
    await scene.end();
    expect([connection, ...opened].map(({ isClosed }) => isClosed)).toEqual([false, true, false]);
    await workflowService.getSystemInfo();
    await connection.setMetadata({ tenant: 'ours' });
    expect(opened.map(({ metadata }) => metadata)).toEqual([[], [{ tenant: 'ours' }]]);
    await connection.close();
    expect([connection.isClosed, opened[1]?.isClosed]).toEqual([true, true]);
  });

  it('has what its user set on it set on the one in its place', async () => {
    await using scene = await openReplacer();
    const { connection, opened } = scene;
    const metadata = { tenant: 'ours' };
    await connection.setMetadata(metadata);
    metadata.tenant = 'changed';
    await scene.rotate();
    await connection.setMetadata({ tenant: 'theirs' });
    await opened[0]?.setApiKey('a key');
    await scene.rotate();
    expect([connection, ...opened].map((one) => one.metadata)).toEqual([
      [{ tenant: 'ours' }],
      [{ tenant: 'ours' }, { tenant: 'theirs' }],
      [{ tenant: 'theirs' }],
    ]);
    expect(opened.map((one) => one.told)).toEqual([['a key'], ['a key']]);
  });

  it('is closed as soon as no worker holds it any more', async () => {
    await using scene = await openReplacer();
    const { connection: first } = scene;
    first.closeError = new Error('still in use');
    await scene.rotate();
    await scene.end();
    expect(scene.log.messages('INFO')).toEqual([connected]);
    first.closeError = undefined;
    await scene.look();
    expect(first.isClosed).toBe(true);
    first.isClosed = false;
    await scene.look();
    expect(first.isClosed).toBe(false);
  });

  it('opens one at a time', async () => {
    const opening = Promise.withResolvers<never>();
    let count = 0;
    await using scene = await openReplacer({
      open: () => {
        count++;
        return opening.promise;
      },
    });
    await scene.rotate();
    await scene.rotate();
    expect(count).toBe(1);
    opening.reject(new Error('no'));
    await scene.clock.advance(0);
    await scene.look();
    expect(count).toBe(2);
  });
});

describe('a certificate with which none can be opened', () => {
  it('leaves the workers where they are, and is tried again; the log tells why, once for each', async () => {
    let tries = 0;
    await using scene = await openReplacer({
      open: () => Promise.reject(new Error(`try ${++tries}`)),
    });
    const { log, held, connection } = scene;
    await scene.rotate();
    await scene.look();
    expect([tries, held.connection, connection.isClosed]).toEqual([2, connection, false]);
    const kept = 'The workers keep their connection, since none can be opened with the new certificate';
    expect(log.entries).toMatchObject([{ level: 'WARN', message: `${kept}: try 1` }]);
    await scene.rotate();
    expect(log.messages('WARN')).toEqual([`${kept}: try 1`, `${kept}: try 3`]);
  });
});

it('a certificate with which none is opened in time is logged as such', async () => {
  await using scene = await openReplacer({ open: () => new Promise(() => undefined) });
  await scene.rotate();
  await scene.clock.advance(30_000);
  expect(scene.log.messages('WARN')).toEqual([expect.stringContaining('was not open within 30000 ms')]);
});

describe('the workers of a connection that rotates', () => {
  it('are moved along', async () => {
    await using scene = await openReplacer();
    const { connection: first, opened } = scene;
    const worker = scene.addWorker(first);
    expect([worker.connection, worker.moves]).toEqual([first, 0]);
    await scene.rotate();
    expect(worker.connection).toBe(opened[0]);
    await scene.rotate();
    expect([worker.connection, worker.moves]).toEqual([opened[1], 2]);
  });

  it('stay on another connection that the user gave them', async () => {
    await using scene = await openReplacer();
    const worker = scene.addWorker(scene.connection);
    const another = native(new FakeConnection());
    worker.connection = another;
    await scene.rotate();
    expect(worker.connection).toBe(another);
  });

  it.each(['DRAINED', 'STOPPED', 'FAILED'] as const)('are moved no more once they are %s', async (state) => {
    await using scene = await openReplacer();
    const { connection: first } = scene;
    const worker = scene.addWorker(first);
    worker.state = state;
    await scene.rotate();
    expect(worker.connection).toBe(first);
  });

  it('are logged when they take none, and the others are moved', async () => {
    await using scene = await openReplacer();
    const [stuck, other] = [scene.addWorker(scene.connection), scene.addWorker(scene.connection)];
    const set = (): void => {
      throw new Error('Worker not found');
    };
    Object.defineProperty(stuck, 'connection', { get: () => native(scene.connection), set });
    await scene.rotate();
    expect(scene.log.entries[0]).toEqual({
      level: 'ERROR',
      message: 'A worker could not be moved: Worker not found',
      meta: { taskQueue: 'extraction' },
    });
    expect(other.connection).toBe(scene.opened[0]);
  });
});

describe('a rotation that ends', () => {
  it('opens no more, whatever comes, and leaves the connection in place open', async () => {
    await using scene = await openReplacer();
    await scene.stop();
    await scene.rotate();
    void scene.replacer.tryAnother('default');
    await scene.clock.advance(60_000);
    expect(scene.opened).toEqual([]);
    expect(scene.connection.isClosed).toBe(false);
  });

  it('closes what comes when it is over', async () => {
    const opening = Promise.withResolvers<FakeConnection>();
    await using scene = await openReplacer({ open: () => opening.promise });
    await scene.rotate();
    const stopped = scene.stop();
    await stopped;
    const late = new FakeConnection();
    opening.resolve(late);
    await expect.poll(() => late.isClosed).toBe(true);
    expect([late.isClosed, scene.connection.isClosed]).toEqual([true, false]);
    expect([scene.held.connection, scene.log.entries]).toEqual([scene.connection, []]);
  });

  it('closes those before that no worker holds any more', async () => {
    await using scene = await openReplacer();
    const { connection: first } = scene;
    first.closeError = new Error('still in use');
    await scene.rotate();
    first.closeError = undefined;
    await scene.stop();
    expect([first.isClosed, scene.opened[0]?.isClosed]).toEqual([true, false]);
  });
});

it.each(['certificate', 'rejected'])('a connection that was closed is not replaced: %s', async (reason) => {
  const opening = Promise.withResolvers<FakeConnection>();
  await using scene = await openReplacer({ open: () => opening.promise });
  if (reason === 'rejected') void scene.replacer.tryAnother('default');
  else await scene.rotate();
  scene.held.stop();
  const late = new FakeConnection();
  opening.resolve(late);
  await expect.poll(() => late.isClosed).toBe(true);
  await scene.clock.advance(0);
  expect([scene.held.connection, scene.log.entries, scene.replaced]).toEqual([scene.connection, [], []]);
});

describe('a rejected token', () => {
  it('is tried on another connection after 0, 1, 4 s and then each minute, until one accepts it', async () => {
    let verdict: ProbeResultKind = 'rejected';
    await using scene = await openReplacer({ tryToken: () => said(verdict) });
    const { opened, clock, replacer, connection, held } = scene;
    for (const [index, waitMs] of [0, 1_000, 4_000, 60_000, 60_000].entries()) {
      await clock.advance(Math.max(0, waitMs - 1));
      if (index > 0) void replacer.tryAnother('default');
      await clock.advance(0);
      expect(opened).toHaveLength(index);
      await clock.advance(1);
      void replacer.tryAnother('default');
      await clock.advance(0);
      expect(opened).toHaveLength(index + 1);
    }
    expect(opened.every(({ isClosed }) => isClosed)).toBe(true);
    expect(held.connection).toBe(native(connection));
    expect(scene.replaced).toEqual([]);
    verdict = 'good';
    await clock.advance(60_000);
    void replacer.tryAnother('default');
    await clock.advance(0);
    expect([held.connection, connection.isClosed]).toEqual([opened.at(-1), false]);
    await scene.end();
    expect(connection.isClosed).toBe(true);
    expect(scene.log.messages('WARN')).toEqual([expect.stringContaining('accepts it on a new one')]);
    expect(scene.replaced).toEqual([{ address: 'temporal:7233', reason: 'rejected' }]);
  });

  it.each([
    ['soon', 600_001, 4],
    ['after a minute', 600_000, 3],
  ])('is tried %s again after %d ms without a rejection', async (_when, goodMs, count) => {
    await using scene = await openReplacer({ tryToken: () => said('rejected') });
    const { opened, clock, replacer } = scene;
    for (let times = 0; times < 2; times++) {
      void replacer.tryAnother('default');
      await clock.advance(times === 0 ? 1_000 : goodMs);
    }
    void replacer.tryAnother('default');
    await clock.advance(1_000);
    void replacer.tryAnother('default');
    await clock.advance(0);
    expect(opened).toHaveLength(count);
  });

  it.each(['good', 'unreachable'] as const)('is left alone where it is %s by now', async (verdict) => {
    await using scene = await openReplacer({ here: () => verdict });
    await scene.replacer.tryAnother('default');
    expect(scene.opened).toEqual([]);
  });

  it('has nothing replaced where it is accepted on both by now', async () => {
    const said: ProbeResultKind[] = ['rejected', 'good'];
    await using scene = await openReplacer({ here: () => said.shift() });
    await scene.replacer.tryAnother('default');
    expect([scene.opened.map(({ isClosed }) => isClosed), scene.replaced]).toEqual([[true], []]);
  });

  it('is tried for all namespaces in one time', async () => {
    await using scene = await openReplacer({ tryToken: () => said('rejected') });
    const { clock, replacer, opened } = scene;
    for (const namespace of ['default', 'orders', 'default']) await replacer.tryAnother(namespace);
    expect(opened).toHaveLength(1);
    await clock.advance(1_000);
    for (const namespace of ['orders', 'default']) await replacer.tryAnother(namespace);
    expect(opened).toHaveLength(2);
  });

  it('of a namespace that lacks a permission is tried each ten minutes, and takes no try of another', async () => {
    await using scene = await openReplacer({ tryToken: () => said('rejected') });
    const { clock, replacer, opened, held } = scene;
    const token = held.current;
    await held.rejected(held.scope('denied'), token, 0);
    await clock.advance(1);
    held.accepted(held.scope('default'), token, 1);
    for (const [namespace, count] of [
      ['denied', 1],
      ['denied', 1],
      ['default', 2],
      ['denied', 2],
    ] as const) {
      await replacer.tryAnother(namespace);
      expect(opened).toHaveLength(count);
      await clock.advance(4_000);
    }
    await clock.advance(600_000);
    await replacer.tryAnother('denied');
    expect(opened).toHaveLength(3);
  });

  it.each<[string, Record<string, ProbeResultKind>, Record<string, ProbeResultKind>, number]>([
    [
      'is replaced where another namespace gains than the one that asks',
      { default: 'rejected', orders: 'rejected' },
      { default: 'rejected', orders: 'good' },
      1,
    ],
    [
      'is replaced where one namespace gains and another keeps what it has',
      { default: 'rejected', orders: 'good' },
      { default: 'good', orders: 'good' },
      1,
    ],
    [
      'stays where one namespace gains and another loses',
      { default: 'rejected', orders: 'good' },
      { default: 'good', orders: 'rejected' },
      0,
    ],
  ])('%s', async (_what, here, there, count) => {
    await using scene = await openReplacer({
      here: (namespace) => here[namespace],
      tryToken: (_connection, _token, names) => said(there[names?.[0] ?? ''] ?? 'unreachable', names?.[0]),
    });
    scene.makeWorker(scene.connection);
    scene.makeWorker(scene.connection, 'orders');
    await scene.replacer.tryAnother('default');
    expect([scene.opened.length, scene.replaced.length]).toEqual([1, count]);
  });

  it('is tried on one other connection at a time', async () => {
    await using scene = await openReplacer({ tryToken: () => said('rejected') });
    await Promise.all(['default', 'orders'].map((namespace) => scene.replacer.tryAnother(namespace)));
    expect(scene.opened).toHaveLength(1);
  });

  it('leaves all as it is when no other connection can be opened, or tried', async () => {
    const next = new FakeConnection();
    const opening = [undefined, next];
    await using scene = await openReplacer({
      open: async () => opening.shift() ?? (await Promise.reject(new Error('away'))),
      tryToken: () => Promise.reject(new Error('closed')),
    });
    void scene.replacer.tryAnother('default');
    await scene.clock.advance(1_000);
    void scene.replacer.tryAnother('default');
    await scene.clock.advance(0);
    expect([next.isClosed, scene.held.connection]).toEqual([true, scene.connection]);
    expect(scene.log.entries).toEqual([]);
  });

  it('ends no process when the other connection cannot be closed', async () => {
    const next = new FakeConnection();
    next.closeError = new Error('closed already');
    const rejected: unknown[] = [];
    const note = (error: unknown): unknown => rejected.push(error);
    process.on('unhandledRejection', note);
    await using scene = await openReplacer({
      open: () => Promise.resolve(next),
      tryToken: () => said('rejected'),
    });
    void scene.replacer.tryAnother('default');
    await scene.clock.advance(0);
    await new Promise(setImmediate);
    process.off('unhandledRejection', note);
    expect(rejected).toEqual([]);
  });

  it('waits no longer than 5 s for a connection', async () => {
    const never = Promise.withResolvers<FakeConnection>();
    await using scene = await openReplacer({ open: () => never.promise });
    void scene.replacer.tryAnother('default');
    await expect.poll(() => scene.clock.pendingTimers).toBe(1);
    await scene.clock.advance(5_000);
    const late = new FakeConnection();
    never.resolve(late);
    await expect.poll(() => late.isClosed).toBe(true);
  });
});

describe('a connection that does not answer', () => {
  it('is replaced by one that does', async () => {
    await using scene = await openReplacer({ here: () => undefined });
    const replacing = scene.replacer.tryAnother('default');
    await scene.clock.advance(1_499);
    expect(scene.opened).toEqual([]);
    await scene.clock.advance(1);
    await expect.poll(() => scene.opened).toHaveLength(1);
    await scene.clock.advance(1_500);
    await replacing;
    expect(scene.held.connection).toBe(scene.opened[0]);
    expect(scene.log.entries).toMatchObject([{ level: 'WARN', meta: { reason: 'silent' } }]);
    expect(scene.replaced).toEqual([{ address: 'temporal:7233', reason: 'silent' }]);
  });

  it('is asked nothing where an open probe says whether it answers', async () => {
    await using scene = await openReplacer({ here: () => 'good' });
    await scene.replacer.tryAnother('default', Promise.resolve({ kind: 'good' }));
    expect(scene.opened).toEqual([]);
    await scene.clock.advance(1_000);
    const replacing = scene.replacer.tryAnother('default', new Promise(() => undefined));
    await scene.clock.advance(1_500);
    await expect.poll(() => scene.opened).toHaveLength(1);
    await scene.clock.advance(1_500);
    await replacing;
    expect(scene.replaced).toMatchObject([{ reason: 'silent' }]);
  });

  it.each([
    ['does not answer either', () => new Promise<never>(() => undefined)],
    ['rejects the token', () => said('rejected')],
  ])('stays where the other one %s, which is closed', async (_how, tryToken) => {
    await using scene = await openReplacer({ here: () => undefined, tryToken });
    const trying = scene.replacer.tryAnother('default');
    for (let times = 0; times < 2; times++) await scene.clock.advance(1_500);
    await trying;
    expect([scene.held.connection, scene.replaced]).toEqual([scene.connection, []]);
    expect(scene.opened.map(({ isClosed }) => isClosed)).toEqual([true]);
  });
});
