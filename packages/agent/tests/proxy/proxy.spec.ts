import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStillScene, type ProxySceneOptions, type StillScene } from '../support/proxy-scene.ts';
import { rejection } from '@worker-auth/calls/tests/rejection';

const namespace = 'default';
const poll = { namespace, taskQueue: { name: 'extraction' } };
const named = { workflowId: 'one', requestId: 'one', workflowType: { name: 'extract' } };
const open = new Set<StillScene>();

async function openScene(options?: ProxySceneOptions): Promise<StillScene> {
  const scene = await openStillScene(options);
  open.add(scene);
  return scene;
}

afterEach(async () => {
  for (const scene of open) await scene[Symbol.asyncDispose]();
  open.clear();
});

describe('a call', () => {
  let scene: StillScene;
  beforeEach(async () => {
    scene = await openScene();
  });

  it('carries the token, whatever its worker has sent', async () => {
    const { worker, connection, temporal } = scene;
    const metadata = { authorization: 'Bearer of-the-worker' };
    await connection.withMetadata(metadata, () => worker.describeNamespace({ namespace }));
    expect(temporal.totals).toEqual({ passed: 1, rejected: 0 });
  });

  it('of a client is held at first: a token that is new may not be accepted yet', async () => {
    const { temporal, worker, within } = scene;
    temporal.failWith('permissionDenied');
    const asked = within(30_000, () => worker.describeNamespace({ namespace }));
    await scene.passUntil(() => temporal.totals.rejected > 1);
    temporal.recover();
    expect(await scene.settled(asked)).toMatchObject({ namespaceInfo: { name: namespace } });
  });

  it('of a client shows at once that a permission is missing', async () => {
    const { worker, within } = await openScene({ permissions: ['default:read'] });
    const { startWorkflowExecution: start } = worker;
    const error = await rejection(within(300_000, () => start.call(worker, { ...poll, ...named })));
    expect(error).toMatchObject({ code: status.PERMISSION_DENIED });
  });

  it('of a client shows a rejection that no token helps', async () => {
    await scene.worker.describeNamespace({ namespace });
    scene.temporal.failWith('permissionDenied');
    const error = await rejection(scene.worker.describeNamespace({ namespace }));
    expect(error).toMatchObject({ code: status.PERMISSION_DENIED, details: 'Request unauthorized.' });
  });

  it.each(['goAway', 'connectionReset'] as const)('goes on over a new connection: %s', async (fault) => {
    const { temporal, within, worker, proxy } = scene;
    await worker.describeNamespace({ namespace });
    temporal.injectFault(fault, { method: 'DescribeNamespace' });
    await scene.settled(within(20_000, () => worker.describeNamespace({ namespace })));
    await within(20_000, () => worker.describeNamespace({ namespace }));
    expect(temporal.connectionsSeen).toBe(2);
    expect(proxy.figures.connections).toBe(1);
  });

  it('waits for a Temporal that is away', async () => {
    await scene.temporal.stop();
    const asked = scene.within(20_000, () => scene.worker.describeNamespace({ namespace }));
    await scene.passUntil(() => scene.proxy.troubles.length > 0);
    await scene.temporal.restart();
    expect(await scene.settled(asked)).toMatchObject({ namespaceInfo: { name: namespace } });
    expect(scene.proxy.troubles).toEqual([]);
  });
});

describe('a poll', () => {
  it('is held while it is rejected, and ends as Temporal ends it', async () => {
    const { temporal, worker, within, proxy, settled } = await openScene();
    temporal.failWith('permissionDenied');
    const { taskToken } = await settled(within(9_000, () => worker.pollActivityTaskQueue(poll)));
    expect(taskToken).toHaveLength(0);
    const text = expect.stringContaining(
      'PollActivityTaskQueue in namespace "default" is not accepted',
    ) as string;
    expect(proxy.troubles).toEqual([{ part: 'polls', text }]);
  });

  it('gets its task once it is accepted again', async () => {
    const { temporal, worker, within, proxy, settled } = await openScene();
    await worker.startWorkflowExecution({ ...poll, ...named });
    temporal.failWith('permissionDenied');
    const polled = within(30_000, () => worker.pollWorkflowTaskQueue(poll));
    await expect.poll(() => proxy.figures.heldPolls).toBe(1);
    temporal.recover();
    expect((await settled(polled)).workflowExecution?.workflowId).toBe('one');
  });

  it.each([
    ['permissionDenied', 'TEMPORAL_REJECTS_TOKEN'],
    ['unavailable', 'TEMPORAL_UNREACHABLE'],
  ] as const)('that is held is a condition, which ends with it: %s', async (fault, code) => {
    const { temporal, worker, within, proxy, log, passUntil } = await openScene();
    const said = (level: string): readonly string[] =>
      log.entries
        .filter((entry) => entry.level === level && entry.meta?.['code'] === code)
        .map(({ message }) => message);
    temporal.failWith(fault);
    const polled = within(30_000, () => worker.pollWorkflowTaskQueue(poll)).catch(() => undefined);
    await passUntil(() => said('ERROR').length > 0);
    temporal.recover();
    await passUntil(() => said('INFO').length > 0);
    expect(said('ERROR')).toHaveLength(1);
    expect(said('INFO')).toEqual([expect.stringContaining('Ended after')]);
    expect(proxy.troubles).toEqual([]);
    await proxy.close(0);
    await polled;
  });

  it('goes on trying while another token does not come', async () => {
    const { temporal, worker, within, proxy, oauth, clock, passUntil } = await openScene();
    await worker.startWorkflowExecution({ ...poll, ...named });
    await worker.pollWorkflowTaskQueue(poll);
    const release = oauth.hold('token');
    temporal.failWith('permissionDenied');
    const polled = within(30_000, () => worker.pollWorkflowTaskQueue(poll)).catch(() => undefined);
    await temporal.until(() => temporal.totals.rejected > 0);
    const startMs = clock.monotonicNow();
    await passUntil(() => temporal.totals.rejected > 5);
    expect(clock.monotonicNow() - startMs).toBeLessThanOrEqual(4_500);
    release();
    await proxy.close(0);
    await polled;
  });

  it('shows a rejection where the permission is missing', async () => {
    const { worker, within, settled } = await openScene({ permissions: ['default:read'] });
    await worker.describeNamespace({ namespace });
    const error = await settled(rejection(within(30_000, () => worker.pollActivityTaskQueue(poll))));
    expect(error).toMatchObject({ code: status.PERMISSION_DENIED });
  });

  it('ends when its worker is shut down, and those of others stay', async () => {
    const { temporal, worker, within, proxy } = await openScene();
    temporal.failWith('permissionDenied');
    const pollOf = (workerInstanceKey: string) =>
      within(20_000, () => worker.pollActivityTaskQueue({ ...poll, workerInstanceKey })).catch(() => ({
        taskToken: 'none',
      }));
    const [mine, others] = [pollOf('mine'), pollOf('others')];
    await expect.poll(() => proxy.figures.heldPolls).toBe(2);
    await worker.shutdownWorker({ namespace, workerInstanceKey: 'mine' }).catch(() => undefined);
    expect((await mine).taskToken).toHaveLength(0);
    // Now and then it is tried.
    await expect.poll(() => proxy.figures.heldPolls).toBe(1);
    temporal.recover();
    await proxy.close(0);
    await others;
  });

  it('gets its task while the proxy ends, and so does the next one', async () => {
    const { temporal, worker, within, proxy, connection, settled } = await openScene();
    const polled = within(30_000, () => worker.pollWorkflowTaskQueue(poll));
    await temporal.until(() => temporal.passed.get('PollWorkflowTaskQueue') === 1);
    const closed = proxy.close(30_000);
    await worker.startWorkflowExecution({ ...poll, ...named });
    expect((await polled).workflowExecution?.workflowId).toBe('one');
    const next = within(30_000, () => worker.pollWorkflowTaskQueue(poll));
    await worker.startWorkflowExecution({ ...poll, ...named, workflowId: 'two', requestId: 'two' });
    expect((await next).workflowExecution?.workflowId).toBe('two');
    // It waits for its workers to be gone.
    await connection.close();
    expect(await settled(closed)).toBe(0);
  });

  it('of 150 over streams for 100 leaves room for other calls', async () => {
    const { temporal, worker, within, proxy } = await openScene({ frontend: { maxConcurrentStreams: 100 } });
    const polls = Array.from({ length: 150 }, () =>
      within(20_000, () => worker.pollActivityTaskQueue(poll)).catch(() => undefined),
    );
    await temporal.until(() => (temporal.passed.get('PollActivityTaskQueue') ?? 0) === 150);
    expect(proxy.figures.connections).toBe(2);
    const tookMs: number[] = [];
    for (let call = 0; call < 20; call++) {
      const startMs = performance.now();
      await within(20_000, () => worker.describeNamespace({ namespace }));
      tookMs.push(performance.now() - startMs);
    }
    // The machine may be busy for a while, and not each time.
    expect(Math.min(...tookMs)).toBeLessThan(50);
    await proxy.close(0);
    await Promise.all(polls);
  });
});
