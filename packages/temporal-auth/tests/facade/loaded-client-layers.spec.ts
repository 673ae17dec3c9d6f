import type { Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import {
  AuthenticationError,
  ConfigurationError,
  ConnectivityError,
  StoppedError,
} from '../../src/errors/temporal-auth-error.ts';
import type { FakeConnection } from '../support/fake-guarded.ts';
import { transportError } from '../support/fake-worker.ts';
import type { FakeMadeWorker } from '../support/fake-workers.ts';
import { openLoaded } from '../support/open-loaded.ts';
import { isSettled, rejection } from '../support/scene.ts';

const activities = {};
const refused = Object.assign(new Error('no'), { code: 7, details: 'no', metadata: {} });
const held = new Error('Cannot close connection while Workers hold a reference to it');

describe('LoadedClient', () => {
  it.each([
    [false, false],
    [true, true],
    [{}, true],
  ])('knows whether Temporal is reached over TLS (%j)', (tls, isTls) => {
    const settings = {
      address: 'temporal:7233',
      tls,
      network: { proxyFor: undefined, certificates: () => undefined },
    };
    expect(openLoaded({ settings }).loaded.isTls).toBe(isTls);
  });

  it('knows how Temporal takes the token of the workers, and how these are', async () => {
    const { loaded, clock, calls, made } = openLoaded();
    expect(loaded.health()).toMatchObject({ temporal: { state: 'unknown' }, workers: [] });
    await loaded.createWorker({ activities });
    await clock.advance(0);
    expect(loaded.health()).toMatchObject({
      temporal: { state: 'good' },
      workers: [{ taskQueue: 'extraction', state: 'INITIALIZED' }],
    });
    expect(calls).toEqual(['health']);
    expect(made[0]?.options).toMatchObject({ taskQueue: 'extraction', namespace: 'ours' });
    await loaded.close();
  });

  it('knows nothing of a token where authentication is off', async () => {
    const { loaded, errors, calls } = openLoaded({ tokens: undefined });
    errors.connect = new Error('nobody there');
    expect(await rejection(loaded.createWorker({ activities }))).toBeInstanceOf(ConnectivityError);
    errors.connect = undefined;
    await loaded.createWorker({ activities });
    expect(loaded.health()).toMatchObject({ temporal: { state: 'unknown' }, workers: [{}] });
    await loaded.close();
    expect(calls).toEqual(['closed']);
  });

  it('has all workers on one connection', async () => {
    const { loaded, opened, made } = openLoaded();
    await Promise.all([loaded.createWorker({ activities }), loaded.createWorker({ taskQueue: 'b' })]);
    expect(opened).toHaveLength(1);
    expect(made.map(({ connection }) => connection)).toEqual([opened[0], opened[0]]);
    await loaded.close();
  });
});

describe('a worker that cannot be made', () => {
  it('is Temporal’s error, in our words and without the token, where the connection cannot be opened', async () => {
    const { loaded, errors } = openLoaded();
    errors.connect = new Error('transport: quiet-words');
    const error = await rejection(loaded.createWorker({ activities }));
    expect(error).toBeInstanceOf(ConnectivityError);
    expect(String(error)).toContain('temporal:7233');
    expect(String(error)).not.toContain('quiet-words');
    errors.connect = undefined;
    await loaded.createWorker({ activities });
    await loaded.close();
  });

  it('has its connection closed when Temporal refuses it and nobody else has it', async () => {
    const { loaded, errors, opened } = openLoaded();
    errors.create = transportError('Request unauthorized.');
    expect(await rejection(loaded.createWorker({ activities }))).toBeInstanceOf(AuthenticationError);
    expect(opened[0]?.isClosed).toBe(true);
    errors.create = undefined;
    await loaded.createWorker({ activities });
    expect(opened).toHaveLength(2);
    await loaded.close();
  });

  it('leaves its connection to those who have it too', async () => {
    const { loaded, errors, opened } = openLoaded();
    await loaded.createWorker({ activities });
    errors.create = transportError('Request unauthorized.');
    await rejection(loaded.createWorker({ taskQueue: 'another' }));
    expect(opened[0]?.isClosed).toBe(false);
    await loaded.close();
  });

  it('leaves its connection to those who are just getting one on it', async () => {
    const { loaded, errors, opened } = openLoaded();
    errors.create = transportError('Request unauthorized.');
    await Promise.all(['a', 'b'].map((taskQueue) => rejection(loaded.createWorker({ taskQueue }))));
    expect(opened).toHaveLength(1);
    await loaded.close();
  });

  it('leaves its connection to one that is still being made on it', async () => {
    const { loaded, errors, opened, create } = openLoaded();
    const pending = Promise.withResolvers<Worker>();
    create.mockReturnValueOnce(pending.promise);
    const first = loaded.createWorker({ activities });
    errors.create = transportError('Request unauthorized.');
    await rejection(loaded.createWorker({ taskQueue: 'another' }));
    expect(opened[0]?.isClosed).toBe(false);
    pending.reject(new TypeError('workflowsPath'));
    await rejection(first);
    await loaded.close();
  });

  it('has its connection closed when the worker that had it before has ended', async () => {
    const { loaded, errors, opened, made } = openLoaded();
    await loaded.createWorker({ activities });
    made[0]?.end();
    errors.create = transportError('Request unauthorized.');
    await rejection(loaded.createWorker({ taskQueue: 'another' }));
    await rejection(loaded.createWorker({ taskQueue: 'a third' }));
    expect(opened.map(({ isClosed }) => isClosed)).toEqual([true, true]);
    await loaded.close();
  });

  it('is told apart: a token that is refused, and one that may not write', async () => {
    const { loaded, errors } = openLoaded();
    errors.connect = refused;
    const unknown = await rejection(loaded.createWorker({ activities }));
    errors.connect = undefined;
    errors.write = refused;
    const forbidden = await rejection(loaded.createWorker({ activities }));
    expect([unknown, forbidden]).toEqual([expect.any(AuthenticationError), expect.any(AuthenticationError)]);
    expect(String(forbidden)).toContain('write');
    expect(String(unknown)).not.toBe(String(forbidden));
    await loaded.close();
  });

  it('is its own error where it is about the worker, and ours where Temporal answers', async () => {
    const { loaded, errors, opened } = openLoaded();
    errors.create = new Error('Cannot bundle the workflows');
    expect(await rejection(loaded.createWorker({ activities }))).toBe(errors.create);
    errors.create = refused;
    expect(await rejection(loaded.createWorker({ activities }))).toBeInstanceOf(AuthenticationError);
    expect(opened[0]?.isClosed).toBe(false);
    await loaded.close();
  });
});

describe('close()', () => {
  it('ends workers that never ran, then the connections', async () => {
    const { loaded, opened, made, calls } = openLoaded();
    await loaded.createWorker({ activities });
    await loaded.close();
    expect(made[0]?.getState()).toBe('STOPPED');
    expect(opened[0]?.isClosed).toBe(true);
    expect(calls.at(-1)).toBe('closed');
  });

  it('is refused while a worker of the user runs', async () => {
    const { loaded, opened, made, calls } = openLoaded();
    await loaded.createWorker({ activities });
    void made[0]?.run();
    expect(await rejection(loaded.close())).toBeInstanceOf(ConfigurationError);
    expect(opened[0]?.isClosed).toBe(false);
    expect(calls).not.toContain('closed');
    await loaded.createWorker({ taskQueue: 'another' });
    made[0]?.end();
    await loaded.close();
  });

  it('waits for workers that are being made, which are an error then', async () => {
    const { loaded, calls } = openLoaded();
    const creation = rejection(loaded.createWorker({ activities }));
    await loaded.close();
    expect(await creation).toBeInstanceOf(StoppedError);
    expect(calls).toEqual(['closed']);
  });

  it('waits for one whose making takes its time, and ends it', async () => {
    const { loaded, made, create, calls } = openLoaded();
    const pending = Promise.withResolvers<undefined>();
    const make = create.getMockImplementation();
    create.mockImplementationOnce(async (options) => {
      await pending.promise;
      return make?.(options) as Promise<Worker>;
    });
    const creation = rejection(loaded.createWorker({ activities }));
    await expect.poll(() => create.mock.calls).toHaveLength(1);
    const closed = loaded.close();
    expect(await isSettled(closed)).toBe(false);
    pending.resolve(undefined);
    await closed;
    expect(await creation).toBeInstanceOf(StoppedError);
    expect([made[0]?.getState(), calls.at(-1)]).toEqual(['STOPPED', 'closed']);
  });

  it('leaves a connection that a failed worker holds, and the log says so', async () => {
    const { loaded, opened, made, log, calls, clock } = openLoaded();
    await loaded.createWorker({ activities });
    made[0]?.fail();
    (opened[0] as FakeConnection).closeError = held;
    await loaded.close();
    expect(log.messages('WARN')).toEqual([
      'A worker that has failed still holds its connection, which cannot be closed: end the process by process.exit()',
    ]);
    expect([calls.at(-1), clock.pendingTimers]).toEqual(['closed', 0]);
  });

  it('throws in our words why a connection cannot be closed', async () => {
    const { loaded, opened, calls } = openLoaded();
    await loaded.createWorker({ activities });
    (opened[0] as FakeConnection).closeError = new Error('transport: quiet-words');
    const error = await rejection(loaded.close());
    expect(error).toBeInstanceOf(ConnectivityError);
    expect(String(error)).not.toContain('quiet-words');
    expect(calls).not.toContain('closed');
  });
});

describe('the connection of the workers', () => {
  it('has the log tell of a token that it does not take, without the token', async () => {
    const { loaded, opened, tokens, log } = openLoaded();
    await loaded.createWorker({ activities });
    (opened[0] as FakeConnection).pushError = new Error('transport: quiet-words');
    tokens.renew('second');
    await expect.poll(() => log.messages('ERROR')).toHaveLength(1);
    expect(log.entries.at(-1)).toMatchObject({
      message: 'The connection of the workers did not take the new access token',
      meta: { reason: expect.stringContaining('temporal:7233') as string },
    });
    expect(JSON.stringify(log.entries)).not.toContain('quiet-words');
    await loaded.close();
  });
});

describe('runWorker()', () => {
  const supervision = {};

  it('runs a worker until its end, tells of it, and asks for the namespace before', async () => {
    const { loaded, made, events, opened } = openLoaded();
    const started: unknown[] = [];
    events.on('workerStarted', (event) => started.push(event));
    const running = loaded.runWorker({ activities }, supervision);
    await expect.poll(() => made[0]?.runs).toBe(1);
    expect(loaded.health().workers).toMatchObject([{ taskQueue: 'extraction', state: 'RUNNING' }]);
    expect(started).toEqual([{ taskQueue: 'extraction', attempt: 1 }]);
    made[0]?.end();
    await running;
    await loaded.close();
    expect(opened[0]?.isClosed).toBe(true);
  });

  it('is ended by its signal, and by close()', async () => {
    const { loaded, made } = openLoaded();
    const ending = new AbortController();
    const one = loaded.runWorker({ activities }, { signal: ending.signal });
    const other = loaded.runWorker({ taskQueue: 'other' }, supervision);
    await expect.poll(() => made.map(({ runs }) => runs)).toEqual([1, 1]);
    ending.abort();
    expect(made.map(({ shutdowns }) => shutdowns).toSorted()).toEqual([0, 1]);
    made.find(({ shutdowns }) => shutdowns === 1)?.end();
    await one;
    const closed = loaded.close();
    expect(made.map(({ shutdowns }) => shutdowns)).toEqual([1, 1]);
    expect(await isSettled(closed)).toBe(false);
    for (const worker of made) worker.end();
    await Promise.all([other, closed]);
  });

  it('makes another worker in place of one that has failed', async () => {
    const { loaded, made, clock, log, events } = openLoaded();
    const failures: unknown[] = [];
    events.on('workerFailed', ({ error }) => failures.push(error));
    const running = loaded.runWorker({ activities }, supervision);
    await expect.poll(() => made[0]?.runs).toBe(1);
    (made[0] as FakeMadeWorker).reject(transportError('Request unauthorized.'));
    await expect
      .poll(async () => {
        await clock.advance(500);
        return made[1]?.runs;
      })
      .toBe(1);
    expect(failures).toEqual([expect.any(AuthenticationError)]);
    expect(log.messages('WARN')).toHaveLength(1);
    made[1]?.end();
    await running;
    await loaded.close();
  });

  it('makes the one after that on another connection', async () => {
    const { loaded, made, opened, clock } = openLoaded();
    const running = loaded.runWorker({ activities }, supervision);
    for (const attempt of [0, 1, 2]) {
      await expect
        .poll(async () => {
          await clock.advance(500);
          return made[attempt]?.runs;
        })
        .toBe(1);
      expect(opened).toHaveLength(attempt < 2 ? 1 : 2);
      if (attempt < 2) (made[attempt] as FakeMadeWorker).reject(transportError('Request unauthorized.'));
    }
    expect(made[2]?.connection).not.toBe(made[1]?.connection);
    made[2]?.end();
    await running;
    await loaded.close();
  });

  it('is refused where Temporal refuses the namespace, and leaves no connection open', async () => {
    const { loaded, errors, opened } = openLoaded();
    errors.describe = refused;
    const error = await rejection(loaded.runWorker({ activities }, supervision));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(opened[0]?.isClosed).toBe(true);
    await loaded.close();
  });

  it('is an error after close()', async () => {
    const { loaded } = openLoaded();
    await loaded.close();
    expect(await rejection(loaded.runWorker({ activities }, supervision))).toBeInstanceOf(StoppedError);
  });
});
