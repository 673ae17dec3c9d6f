import { NativeConnection, Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { LoadedClient, type LoadedClientParts } from '../../src/facade/loaded-client.ts';
import { TemporalAuthError } from '../../src/errors/temporal-auth-error.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { openScene, rejection } from '../support/scene.ts';

beforeAll(quietRuntime);

const activities = { countRows: () => Promise.resolve(1) };

/** As Temporal's native connection makes them. */
function transportError(message: string): Error {
  return Object.assign(new Error(message), { name: 'TransportError' });
}

describe('the connection of the workers', () => {
  it('is closed when Temporal refuses its only worker', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    await client.load();
    scene.temporal.failWith('permissionDenied', 'DescribeNamespace');
    const close = vi.spyOn(NativeConnection.prototype, 'close');
    await rejection(client.createWorker({ activities }));
    expect(close).toHaveBeenCalledTimes(1);
  });

  it('is kept when Temporal refuses one worker and another has it', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    await client.load();
    await client.createWorker({ activities });
    const { connectionsSeen } = scene.temporal;
    vi.spyOn(Worker, 'create').mockRejectedValueOnce(transportError('Request unauthorized.'));
    const error = await rejection(client.createWorker({ activities, taskQueue: 'another' }));
    expect(error).toMatchObject({ code: 'TEMPORAL_AUTH_CALL_REFUSED' });
    await client.createWorker({ activities, taskQueue: 'a third' });
    expect(scene.temporal.connectionsSeen).toBe(connectionsSeen);
    await client.close();
    await scene.temporal.until(() => scene.temporal.openConnections === 0);
  });

  it('is a new one after a refusal when the worker that had it has ended', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    await client.load();
    const worker = await client.createWorker({ activities });
    await worker.runUntil(Promise.resolve());
    const { connectionsSeen } = scene.temporal;
    vi.spyOn(Worker, 'create').mockRejectedValueOnce(transportError('Request unauthorized.'));
    await rejection(client.createWorker({ activities, taskQueue: 'another' }));
    await client.createWorker({ activities, taskQueue: 'a third' });
    expect(scene.temporal.connectionsSeen).toBe(connectionsSeen + 1);
    await client.close();
    await scene.temporal.until(() => scene.temporal.openConnections === 0);
  });

  it('gives each its reason when Temporal refuses two workers at the same time', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    await client.load();
    scene.temporal.failWith('permissionDenied', 'DescribeNamespace');
    const release = scene.temporal.hold('DescribeNamespace');
    const asked = scene.temporal.nextCall('DescribeNamespace');
    const creations = ['one', 'two'].map((taskQueue) =>
      rejection(client.createWorker({ activities, taskQueue })),
    );
    await asked;
    release();
    const refused = { code: 'TEMPORAL_AUTH_CALL_REFUSED' };
    expect(await Promise.all(creations)).toMatchObject([refused, refused]);
  });

  it('stays open under a worker that is being made while Temporal refuses another', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    await client.load();
    const close = vi.spyOn(NativeConnection.prototype, 'close');
    const made = Promise.withResolvers<Worker>();
    vi.spyOn(Worker, 'create')
      .mockRejectedValueOnce(transportError('Request unauthorized.'))
      .mockReturnValueOnce(made.promise);
    const refused = rejection(client.createWorker({ activities }));
    const second = client.createWorker({ activities, taskQueue: 'another' });
    expect(await refused).toMatchObject({ code: 'TEMPORAL_AUTH_CALL_REFUSED' });
    expect(close).not.toHaveBeenCalled();
    made.reject(transportError('Request unauthorized.'));
    await rejection(second);
    expect(close).toHaveBeenCalledTimes(1);
  });

  it('tells the log when it does not take a new token, without the token', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    await client.load();
    await client.createWorker({ activities });
    vi.spyOn(NativeConnection.prototype, 'setApiKey').mockImplementation((token) =>
      Promise.reject(new Error(`not taken: ${token.slice(-60, -20)}`)),
    );
    await client.auth.refreshToken();
    const errors = () => scene.log.entries.filter(({ level }) => level === 'ERROR');
    await expect.poll(errors).toMatchObject([
      {
        message: 'The connection of the workers did not take the new access token',
        meta: { reason: expect.stringContaining(': [redacted].') as string },
      },
    ]);
  });

  it('goes without a token when authentication is off, and is closed with the client', async () => {
    await using scene = await openScene({ acceptToken: () => true });
    const client = scene.createClient({ authEnabled: false });
    await client.load();
    await client.createWorker({ activities });
    expect(scene.temporal.tokensOf('GetSystemInfo')).toEqual([undefined, undefined]);
    await client.close();
    await scene.temporal.until(() => scene.temporal.openConnections === 0);
  });

  it('says that no token was sent when it is refused and authentication is off', async () => {
    await using scene = await openScene({ acceptToken: () => true });
    const client = scene.createClient({ authEnabled: false });
    await client.load();
    scene.temporal.failWith('permissionDenied');
    const error = (await rejection(client.createWorker({ activities }))) as Error;
    expect(error.message).toContain('No token was sent: set ATLAN_WORKFLOW_AUTH_ENABLED=true');
  });
});

describe('createWorker()', () => {
  it("takes Temporal's own name of the limit of activities", async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    await client.load();
    const worker = await client.createWorker({ activities, maxConcurrentActivityTaskExecutions: 3 });
    expect(worker.options.tuner).toMatchObject({ activityTaskSlotSupplier: { numSlots: 3 } });
  });

  it('holds on to no worker that has ended, once another is made', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    await client.load();
    const worker = await client.createWorker({ activities });
    await worker.runUntil(Promise.resolve());
    const another = await client.createWorker({ activities, taskQueue: 'another' });
    const asked = [vi.spyOn(worker, 'getState'), vi.spyOn(another, 'getState')];
    await client.close();
    expect(asked.map(({ mock }) => mock.calls.length > 0)).toEqual([false, true]);
  });

  it("makes none of Temporal's complaints about the worker into one about the connection", async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    await client.load();
    const dataConverter = { payloadConverterPath: '/nowhere' };
    const error = await rejection(client.createWorker({ activities, dataConverter }));
    expect(error).toMatchObject({ message: expect.stringContaining('/nowhere') as string });
    expect(error).not.toBeInstanceOf(TemporalAuthError);
  });
});

describe('close()', () => {
  it('ends every worker that never ran', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    await client.load();
    const workers = [
      await client.createWorker({ activities }),
      await client.createWorker({ activities, taskQueue: 'another' }),
    ];
    await client.close();
    expect(workers.map((worker) => worker.getState())).toEqual(['STOPPED', 'STOPPED']);
  });

  it('gives up a createWorker() that waits for a token', async () => {
    await using scene = await openScene();
    const client = scene.createClient({ autoStartTokenRefresh: false });
    await client.load();
    await scene.clock.advance(3_600_000);
    scene.oauth.hold();
    const asked = scene.oauth.nextRequest();
    const creating = rejection(client.createWorker({ activities }));
    await asked;
    await client.close();
    expect(await creating).toMatchObject({ code: 'TEMPORAL_AUTH_CLOSED' });
  });

  it('gives up a createWorker() of the same moment before Temporal is asked', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    await client.load();
    await client.createWorker({ activities });
    const create = vi.spyOn(Worker, 'create');
    const creating = rejection(client.createWorker({ activities, taskQueue: 'another' }));
    await client.close();
    expect(await creating).toMatchObject({ code: 'TEMPORAL_AUTH_CLOSED' });
    expect(create).not.toHaveBeenCalled();
  });

  it('refuses when a worker begins to run while it waits, and leaves it running', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    await client.load();
    const worker = await client.createWorker({ activities });
    const creation = Promise.withResolvers<Worker>();
    const create = vi.spyOn(Worker, 'create').mockReturnValueOnce(creation.promise);
    const creating = rejection(client.createWorker({ activities, taskQueue: 'another' }));
    await expect.poll(() => create).toHaveBeenCalled();
    const closing = rejection(client.close());
    const running = worker.run();
    creation.reject(transportError('gone'));
    expect(await closing).toMatchObject({ code: 'TEMPORAL_AUTH_WORKERS_RUNNING' });
    expect(worker.getState()).toBe('RUNNING');
    await creating;
    worker.shutdown();
    await running;
    await client.close();
    await scene.temporal.until(() => scene.temporal.openConnections === 0);
  });

  it('says what went wrong when the connection cannot be closed, and may be called again', async () => {
    await using scene = await openScene();
    const client = scene.createClient();
    await client.load();
    await client.createWorker({ activities });
    vi.spyOn(NativeConnection.prototype, 'close').mockRejectedValueOnce(new Error('stuck'));
    expect(await rejection(client.close())).toMatchObject({
      code: 'TEMPORAL_AUTH_TEMPORAL_UNAVAILABLE',
      message: expect.stringContaining('stuck') as string,
    });
    await client.close();
    await scene.temporal.until(() => scene.temporal.openConnections === 0);
  });
});

describe('LoadedClient', () => {
  it.each([
    [true, true],
    [{}, true],
    [false, false],
  ])('with tls %j says whether Temporal is reached over TLS: %s', (tls, expected) => {
    const parts = { settings: { address: 'temporal:7233', tls } } as LoadedClientParts;
    expect(new LoadedClient(parts).isTls).toBe(expected);
  });
});
