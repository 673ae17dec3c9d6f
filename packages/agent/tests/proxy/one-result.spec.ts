import { status } from '@grpc/grpc-js';
import { Connection } from '@temporalio/client';
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http2';
import { expect, it, onTestFinished } from 'vitest';
import { fieldOf } from '@worker-auth/calls/delivery/protobuf';
import { framed } from '../../src/proxy/wire.ts';
import { openStillScene, type ProxySceneOptions, type StillScene } from '../support/proxy-scene.ts';
import { openSession } from '../support/raw-caller.ts';
import { openRawTemporal } from '../support/raw-temporal.ts';
import { rejection } from '@worker-auth/calls/tests/rejection';

const namespace = 'default';
const completed = 'RespondActivityTaskCompleted';
const failed = 'RespondActivityTaskFailed';
const service = '/temporal.api.workflowservice.v1.WorkflowService';

/** Temporal accepts no results for a while, and an activity runs. */
async function openScene(options?: ProxySceneOptions): Promise<StillScene & { taskToken: Uint8Array }> {
  const scene = await openStillScene(options);
  onTestFinished(() => scene[Symbol.asyncDispose]());
  const taskToken = await scene.activity('one');
  scene.temporal.failWith('unavailable', [completed, failed]);
  return { ...scene, taskToken };
}

const complete = ({ worker, within, taskToken }: Awaited<ReturnType<typeof openScene>>) =>
  within(30_000, () => worker.respondActivityTaskCompleted({ namespace, taskToken }));

async function untilDelivered({ temporal, proxy, passUntil }: StillScene): Promise<void> {
  temporal.recover();
  await passUntil(() => proxy.figures.pending === 0);
  expect(proxy.ended).toEqual({ delivered: 1, gone: 0, abandoned: 0 });
  expect(temporal.passed.get(completed)).toBe(1);
}

it.each([
  ['by its header and its request', 'other', 'other'],
  ['by its request alone', '', 'other'],
  ['by its request', namespace, 'other'],
  ['of which it names none', '', ''],
])('a result from another namespace %s is answered truly', async (_case, ofHeader, ofRequest) => {
  const { address, proxy, taskToken, settled } = await openScene();
  const stream = openSession(address).request({
    ...{ ':method': 'POST', ':path': `${service}/${completed}`, 'content-type': 'application/grpc' },
    ...{ 'grpc-timeout': '9S', ...(ofHeader !== '' && { 'temporal-namespace': ofHeader }) },
  });
  stream.end(framed(fieldOf(1, Buffer.from(taskToken)), fieldOf(4, Buffer.from(ofRequest))));
  const [headers] = (await settled(once(stream, 'response'))) as [IncomingHttpHeaders];
  expect([status.UNAVAILABLE, status.DEADLINE_EXCEEDED].map(String)).toContain(headers['grpc-status']);
  expect(proxy.figures.pending).toBe(0);
});

it('another result of an activity is answered truly, while the first is kept and after it', async () => {
  const scene = await openScene();
  const { worker, within, taskToken, temporal, settled } = scene;
  await settled(complete(scene));
  const fail = () =>
    rejection(within(9_000, () => worker.respondActivityTaskFailed({ namespace, taskToken })));
  expect(await settled(fail())).toHaveProperty('code');
  await untilDelivered(scene);
  expect(await fail()).toMatchObject({ code: status.NOT_FOUND });
  expect(temporal.passed.get(failed)).toBe(1);
});

it('a result that others repeat is kept once, and they are answered truly', async () => {
  const scene = await openScene();
  const { settled } = scene;
  const first = complete(scene);
  await expect.poll(() => scene.temporal.rejected.get(completed)).toBeGreaterThan(0);
  const others = [1, 2, 3].map(() => rejection(complete(scene)));
  await settled(first);
  others.push(rejection(complete(scene)));
  for (const other of others) expect(await settled(other)).toHaveProperty('code');
  expect(scene.proxy.figures.pending).toBe(1);
  await untilDelivered(scene);
  expect(await rejection(complete(scene))).toMatchObject({ code: status.NOT_FOUND });
});

it('a result that a worker repeats, since its call was cut, is kept', async () => {
  const scene = await openScene({ earlyOkMs: 1_000 });
  const { connection, temporal } = scene;
  const cut = new AbortController();
  const first = rejection(connection.withAbortSignal(cut.signal, () => complete(scene)));
  await expect.poll(() => temporal.rejected.get(completed)).toBe(1);
  cut.abort();
  await first;
  await scene.settled(complete(scene));
  expect(scene.proxy.figures.pending).toBe(1);
  await untilDelivered(scene);
});

it('another process may report an activity', async () => {
  const scene = await openScene();
  const { address, taskToken } = scene;
  const other = Connection.lazy({ address, tls: false, interceptors: [] });
  onTestFinished(() => other.close());
  await scene.settled(other.workflowService.respondActivityTaskCompleted({ namespace, taskToken }));
  await untilDelivered(scene);
});

/** An activity that was handed out to a worker whose calls name their namespace in the message alone. */
async function openRaw() {
  const temporal = await openRawTemporal();
  const sent = async (method: string, body: Buffer) => {
    const number = temporal.calls.length;
    const { heard } = temporal.request(method, '30S', body);
    await expect.poll(() => temporal.calls.length).toBe(number + 1);
    return { heard, call: temporal.calls[number] };
  };
  const token = fieldOf(1, Buffer.from('one'));
  const queue = fieldOf(1, Buffer.from('extraction'));
  const pollOf = framed(fieldOf(1, Buffer.from(namespace)), fieldOf(2, queue));
  const poll = await sent('PollActivityTaskQueue', pollOf);
  poll.call?.begin(framed(token, fieldOf(16, Buffer.from([8, 60]))))();
  await poll.heard;
  const report = (method: string, details: string, ofRequest = namespace) =>
    sent(method, framed(token, fieldOf(2, Buffer.from(details)), fieldOf(4, Buffer.from(ofRequest))));
  return { ...temporal, report, beat: report.bind(undefined, 'RecordActivityTaskHeartbeat') };
}

it('each of two heartbeats from different connections gets its own answer', async () => {
  const { beat } = await openRaw();
  const [first, second] = [await beat('first'), await beat('second')];
  first.call?.answer(status.NOT_FOUND);
  expect((await first.heard).status).toBe(String(status.NOT_FOUND));
  second.call?.answer(status.OK);
  expect((await second.heard).status).toBe('0');
});

it.each(['after a result', 'from another namespace'])(
  'a heartbeat %s is answered truly, and not kept',
  async (place) => {
    const { beat, report, clock, calls } = await openRaw();
    const first = await beat('first');
    first.call?.answer(status.OK);
    await first.heard;
    const other = place === 'from another namespace' ? await beat('other', 'other') : undefined;
    await report(completed, 'result');
    const late = other ?? (await beat('other'));
    late.call?.answer(status.NOT_FOUND);
    expect((await late.heard).status).toBe(String(status.NOT_FOUND));
    // In the worker's stead, with what is kept.
    await clock.advance(1_000);
    await expect.poll(() => calls.length).toBe(5);
    const kept = await new Promise<Buffer>((resolve) => calls[4]?.stream.once('data', resolve));
    expect(kept.toString('latin1')).toContain('first');
  },
);
