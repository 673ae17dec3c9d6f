import { status } from '@grpc/grpc-js';
import { connect, constants, type IncomingHttpHeaders } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openProxyScene, type ProxyScene, type ProxySceneOptions } from '../../support/proxy-scene.ts';
import { rejection } from '../../support/scene.ts';

const namespace = 'default';
const poll = { namespace, taskQueue: { name: 'extraction' } };
const open = new Set<ProxyScene>();

async function openScene(options?: ProxySceneOptions): Promise<ProxyScene> {
  const scene = await openProxyScene(options);
  open.add(scene);
  return scene;
}

afterEach(async () => {
  for (const scene of open) await scene[Symbol.asyncDispose]();
  open.clear();
});

/** What a call with these headers comes to. */
function ask(address: string, headers: Record<string, string>, body = Buffer.alloc(5)): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const session = connect(`http://${address}`);
  const stream = session.request({ ':method': 'POST', 'content-type': 'application/grpc', ...headers });
  const read = ({ 'grpc-status': code }: IncomingHttpHeaders): void => {
    if (code !== undefined) resolve(String(code));
  };
  stream.on('response', read).on('trailers', read);
  stream.on('close', () => {
    session.close();
  });
  stream.on('error', () => undefined);
  stream.resume().end(body);
  return promise;
}

describe('a call', () => {
  let scene: ProxyScene;
  beforeEach(async () => {
    scene = await openScene();
  });

  it('carries the token, whatever its worker has sent', async () => {
    const { worker, connection, temporal } = scene;
    const own = { authorization: 'Bearer of-the-worker' };
    await connection.withMetadata(own, () => worker.describeNamespace({ namespace }));
    expect(temporal.totals).toEqual({ passed: 1, rejected: 0 });
  });

  it('of a name of somebody else is denied, and one of a service that is not forwarded is unimplemented', async () => {
    const path = '/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo';
    expect(await ask(scene.address, { ':path': path })).toBe('0');
    const rebound = { ':path': path, ':authority': 'evil.example:7233' };
    expect(await ask(scene.address, rebound)).toBe(String(status.PERMISSION_DENIED));
    expect(await ask(scene.address, { ':path': '/other.Service/Call' })).toBe(String(status.UNIMPLEMENTED));
    expect(scene.temporal.totals.passed).toBe(1);
  });

  it('of a client shows a rejection that no token helps', async () => {
    scene.temporal.failWith('permissionDenied');
    const error = await rejection(scene.worker.describeNamespace({ namespace }));
    expect(error).toMatchObject({ code: status.PERMISSION_DENIED, details: 'Request unauthorized.' });
  });

  it('that is too large is rejected, and others go on', async () => {
    const path = '/temporal.api.workflowservice.v1.WorkflowService/StartWorkflowExecution';
    const large = Buffer.alloc(68_000_000);
    expect(await ask(scene.address, { ':path': path }, large)).toBe(String(status.RESOURCE_EXHAUSTED));
    await scene.worker.describeNamespace({ namespace });
  });

  it('outlasts a client that resets its streams by the thousand', async () => {
    const session = connect(`http://${scene.address}`).on('error', () => undefined);
    const path = '/temporal.api.workflowservice.v1.WorkflowService/PollWorkflowTaskQueue';
    const ended = new Promise((resolve) => session.once('close', resolve));
    const reset = (): void => {
      for (let count = 0; count < 500 && !session.closed; count++) {
        const stream = session.request({ ':method': 'POST', ':path': path }).on('error', () => undefined);
        stream.close(constants.NGHTTP2_CANCEL);
      }
      if (!session.destroyed) setTimeout(reset, 5);
    };
    reset();
    await ended;
    await scene.worker.describeNamespace({ namespace });
  });

  it.each(['goAway', 'connectionReset'] as const)('goes on over a new connection: %s', async (fault) => {
    const { temporal, within, worker, proxy } = scene;
    await worker.describeNamespace({ namespace });
    temporal.injectFault(fault, { method: 'DescribeNamespace' });
    await within(20_000, () => worker.describeNamespace({ namespace }));
    await within(20_000, () => worker.describeNamespace({ namespace }));
    expect(temporal.connectionsSeen).toBe(2);
    expect(proxy.figures.connections).toBe(1);
  });

  it('waits for a Temporal that is away', async () => {
    await scene.temporal.stop();
    const asked = scene.within(20_000, () => scene.worker.describeNamespace({ namespace }));
    await expect.poll(() => scene.proxy.troubles.length).toBeGreaterThan(0);
    await scene.temporal.restart();
    expect(await asked).toMatchObject({ namespaceInfo: { name: namespace } });
    expect(scene.proxy.troubles).toEqual([]);
  });
});

describe('a poll', () => {
  it('is held while it is rejected, and ends as Temporal ends it', async () => {
    const { temporal, worker, within, proxy } = await openScene();
    temporal.failWith('permissionDenied');
    const { taskToken } = await within(3_000, () => worker.pollActivityTaskQueue(poll));
    expect(taskToken).toHaveLength(0);
    expect(proxy.troubles[0]).toContain('PollActivityTaskQueue in namespace "default" is not accepted');
  });

  it('gets its task once it is accepted again', async () => {
    const { temporal, worker, within, proxy } = await openScene();
    const workflow = { workflowId: 'one', requestId: 'one', workflowType: { name: 'extract' } };
    await worker.startWorkflowExecution({ ...poll, ...workflow });
    temporal.failWith('permissionDenied');
    const polled = within(30_000, () => worker.pollWorkflowTaskQueue(poll));
    await expect.poll(() => proxy.figures.heldPolls).toBe(1);
    temporal.recover();
    expect((await polled).workflowExecution?.workflowId).toBe('one');
  });

  it('shows a rejection where the permission is missing', async () => {
    const { worker, within } = await openScene({ permissions: ['default:read'] });
    await worker.describeNamespace({ namespace });
    const error = await rejection(within(30_000, () => worker.pollActivityTaskQueue(poll)));
    expect(error).toMatchObject({ code: status.PERMISSION_DENIED });
  });

  it('ends when its worker is shut down, and those of others stay', async () => {
    const { temporal, worker, within, proxy } = await openScene();
    temporal.failWith('permissionDenied');
    const of = (workerInstanceKey: string) =>
      within(20_000, () => worker.pollActivityTaskQueue({ ...poll, workerInstanceKey })).catch(() => ({
        taskToken: 'none',
      }));
    const [mine, others] = [of('mine'), of('others')];
    await expect.poll(() => proxy.figures.heldPolls).toBe(2);
    await worker.shutdownWorker({ namespace, workerInstanceKey: 'mine' }).catch(() => undefined);
    expect((await mine).taskToken).toHaveLength(0);
    expect(proxy.figures.heldPolls).toBe(1);
    temporal.recover();
    await proxy.close(0);
    await others;
  });

  it('of 150 over streams for 100 leaves room for other calls', async () => {
    const { temporal, worker, within, proxy } = await openScene({ frontend: { maxConcurrentStreams: 100 } });
    const polls = Array.from({ length: 150 }, () =>
      within(20_000, () => worker.pollActivityTaskQueue(poll)).catch(() => undefined),
    );
    await temporal.until(() => (temporal.passed.get('PollActivityTaskQueue') ?? 0) === 150);
    expect(proxy.figures.connections).toBe(2);
    await within(2_000, () => worker.describeNamespace({ namespace }));
    await proxy.close(0);
    await Promise.all(polls);
  });
});

describe('a result', () => {
  const report = (scene: ProxyScene, taskToken: Uint8Array) =>
    scene.within(20_000, () => scene.worker.respondActivityTaskCompleted({ namespace, taskToken }));

  it('is answered while Temporal rejects it, and delivered when that accepts it', async () => {
    const scene = await openScene();
    const { temporal, proxy } = scene;
    const taskToken = await scene.activity('one');
    temporal.failWith('permissionDenied', ['RespondActivityTaskCompleted']);
    await report(scene, taskToken);
    expect(proxy.figures).toMatchObject({ pending: 1 });
    expect(temporal.passed.get('RespondActivityTaskCompleted')).toBeUndefined();
    temporal.recover();
    await expect
      .poll(() => proxy.ended, { timeout: 10_000 })
      .toEqual({ delivered: 1, gone: 0, abandoned: 0 });
    expect(proxy.figures).toMatchObject({ pending: 0, pendingBytes: 0 });
    expect(temporal.passed.get('RespondActivityTaskCompleted')).toBe(1);
  });

  it.each([
    ['where that is switched off', { earlyOkMs: undefined }],
    ['beyond the bounds', { bounds: { results: 0, bytes: 1e6, perQueue: 1 } }],
    ['beyond the bytes', { bounds: { results: 100, bytes: 10, perQueue: 1 } }],
  ])('is not answered before Temporal has it %s', async (_case, options) => {
    const scene = await openScene(options);
    const taskToken = await scene.activity('one');
    scene.temporal.failWith('permissionDenied', ['RespondActivityTaskCompleted']);
    const reported = report(scene, taskToken);
    await expect
      .poll(() => scene.temporal.rejected.get('RespondActivityTaskCompleted'), { timeout: 10_000 })
      .toBeGreaterThan(1);
    expect(scene.proxy.figures.pending).toBe(0);
    scene.temporal.recover();
    await reported;
    expect(scene.temporal.passed.get('RespondActivityTaskCompleted')).toBe(1);
  });

  it('of a task that somebody else handed out is answered truly', async () => {
    const scene = await openScene();
    const taskToken = await scene.activity('one');
    const other = await openScene({ frontend: { port: undefined } });
    const error = await rejection(report(other, taskToken));
    expect(error).toMatchObject({ code: status.NOT_FOUND });
  });

  it('that is pending at the end is abandoned, with its name in the log', async () => {
    const scene = await openScene();
    const { temporal, proxy, log } = scene;
    const taskToken = await scene.activity('one');
    temporal.failWith('permissionDenied', ['RespondActivityTaskCompleted']);
    await report(scene, taskToken);
    expect(await proxy.close(0)).toBe(1);
    await expect.poll(() => log.entries.filter(({ level }) => level === 'ERROR')).toHaveLength(1);
    const [line] = log.entries.filter(({ level }) => level === 'ERROR');
    expect(line?.message).toContain('An activity result is abandoned');
    // Nothing of what the activity was given, or its task token.
    expect(line?.meta).toEqual({
      ...{ namespace, taskQueue: 'extraction' },
      ...{ activityType: 'countRows', activityId: 'one', workflowId: 'one' },
    });
  });

  it('keeps polls for activities away while too many of its queue are pending', async () => {
    const scene = await openScene({ bounds: { results: 10, bytes: 1e6, perQueue: 1 } });
    const { temporal, proxy, within, worker } = scene;
    const taskToken = await scene.activity('one');
    temporal.failWith('permissionDenied', ['RespondActivityTaskCompleted']);
    await report(scene, taskToken);
    const before = temporal.passed.get('PollActivityTaskQueue');
    const { taskToken: none } = await within(1_500, () => worker.pollActivityTaskQueue(poll));
    expect(none).toHaveLength(0);
    expect(temporal.passed.get('PollActivityTaskQueue')).toBe(before);
    const later = within(20_000, () => worker.pollActivityTaskQueue(poll)).catch(() => undefined);
    await expect.poll(() => proxy.figures.heldPolls).toBe(1);
    temporal.recover();
    await temporal.until(() => temporal.passed.get('PollActivityTaskQueue') === (before ?? 0) + 1);
    await proxy.close(0);
    await later;
  });
});
