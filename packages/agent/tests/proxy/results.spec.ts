import { status } from '@grpc/grpc-js';
import { expect, it, onTestFinished } from 'vitest';
import { openStillScene, type ProxySceneOptions, type StillScene } from '../support/proxy-scene.ts';
import { rejection } from '@worker-auth/calls/tests/rejection';

const namespace = 'default';
const poll = { namespace, taskQueue: { name: 'extraction' } };
async function openScene(options?: ProxySceneOptions): Promise<StillScene> {
  const scene = await openStillScene(options);
  onTestFinished(() => scene[Symbol.asyncDispose]());
  return scene;
}

const report = (scene: StillScene, taskToken: Uint8Array) =>
  scene.settled(
    scene.within(20_000, () => scene.worker.respondActivityTaskCompleted({ namespace, taskToken })),
  );

it('is answered while Temporal rejects it, and delivered when that accepts it', async () => {
  const scene = await openScene();
  const { temporal, proxy } = scene;
  const taskToken = await scene.activity('one');
  temporal.failWith('permissionDenied', ['RespondActivityTaskCompleted']);
  await report(scene, taskToken);
  expect(proxy.figures).toMatchObject({ pending: 1 });
  const text = expect.stringContaining(
    'Results of activities in namespace "default" are not accepted',
  ) as string;
  expect(proxy.troubles).toEqual([{ part: 'results', text }]);
  expect(temporal.passed.get('RespondActivityTaskCompleted')).toBeUndefined();
  temporal.recover();
  await scene.passUntil(() => proxy.figures.pending === 0);
  expect(proxy.ended).toEqual({ delivered: 1, gone: 0, abandoned: 0 });
  expect(proxy.figures).toMatchObject({ pending: 0, pendingBytes: 0 });
  expect(proxy.troubles).toEqual([]);
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
  await scene.passUntil(() => (scene.temporal.rejected.get('RespondActivityTaskCompleted') ?? 0) > 1);
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

it('that its time-out ends is told once, and by its name', async () => {
  const scene = await openScene();
  const { temporal, proxy, log } = scene;
  const taskToken = await scene.activity('one', 2);
  temporal.failWith('permissionDenied', ['RespondActivityTaskCompleted']);
  await report(scene, taskToken);
  await scene.passUntil(() => proxy.ended.abandoned === 1);
  const errors = log.entries.filter(({ level }) => level === 'ERROR');
  expect(errors.map(({ message }) => message)).toEqual([
    expect.stringContaining('An activity result is abandoned, as its startToCloseTimeout was shorter'),
  ]);
  expect(errors[0]?.meta).toMatchObject({ activityId: 'one' });
});

it('keeps polls for activities away while too many of its queue are pending', async () => {
  const scene = await openScene({ bounds: { results: 10, bytes: 1e6, perQueue: 1 } });
  const { temporal, proxy, within, worker } = scene;
  const taskToken = await scene.activity('one');
  temporal.failWith('permissionDenied', ['RespondActivityTaskCompleted']);
  await report(scene, taskToken);
  const before = temporal.passed.get('PollActivityTaskQueue');
  const { taskToken: none } = await scene.settled(within(5_000, () => worker.pollActivityTaskQueue(poll)));
  expect(none).toHaveLength(0);
  expect(temporal.passed.get('PollActivityTaskQueue')).toBe(before);
  const later = within(20_000, () => worker.pollActivityTaskQueue(poll)).catch(() => undefined);
  await expect.poll(() => proxy.figures.heldPolls).toBe(1);
  temporal.recover();
  await scene.passUntil(() => temporal.passed.get('PollActivityTaskQueue') === (before ?? 0) + 1);
  await proxy.close(0);
  await later;
});
