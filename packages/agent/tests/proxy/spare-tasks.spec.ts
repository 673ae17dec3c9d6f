import { status } from '@grpc/grpc-js';
import { deflateSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { framed } from '../../src/proxy/wire.ts';
import { openRawTemporal, type RawTemporal } from '../support/raw-temporal.ts';

let scene: RawTemporal;

beforeEach(async () => {
  scene = await openRawTemporal();
});

const bytes = (field: number, value: Buffer): Buffer =>
  Buffer.concat([Buffer.from([field * 8 + 2, value.length]), value]);

/** @param kind 1: of all workers, 2: of one */
const pollOf = (queue: string, { field = 2, kind = 1, namespace = 'tenant-a' } = {}): Buffer =>
  framed(
    bytes(1, Buffer.from(namespace)),
    bytes(field, Buffer.concat([bytes(1, Buffer.from(queue)), Buffer.from([16, kind])])),
  );

const ofVersion = (queue: string, version: string): Buffer =>
  Buffer.concat([pollOf(queue).subarray(5), bytes(6, Buffer.from(version))]);

/** A task, with the time-outs of an activity: start-to-close 300 s. */
const task = framed(bytes(1, Buffer.from('token')), bytes(15, Buffer.from([8, 0xac, 2])));
const noTask = framed();
const handedOut = { status: String(status.OK), bytes: task.length, tookMs: 0 };

/** Temporal answers a poll at the moment at which its worker leaves. */
async function answerAndLeave(method: string, poll: Buffer, answer = task): Promise<void> {
  const before = scene.calls.length;
  const { leave } = scene.request(method, '70S', poll);
  await expect.poll(() => scene.calls).toHaveLength(before + 1);
  // The rest of it comes when the worker has left.
  const end = scene.calls.at(-1)?.begin(answer);
  await new Promise<void>((resolve) =>
    scene.sessions[0]?.ping(() => {
      resolve();
    }),
  );
  leave();
  await expect.poll(() => scene.proxy.figures.workers).toBe(before);
  end?.();
  await new Promise<void>((resolve) =>
    scene.sessions[0]?.ping(() => {
      resolve();
    }),
  );
}

const kinds = [
  ['PollActivityTaskQueue', pollOf('extraction')],
  ['PollWorkflowTaskQueue', pollOf('extraction')],
  ['PollWorkflowTaskQueue', pollOf('of-one-worker', { kind: 2 })],
  ['PollNexusTaskQueue', pollOf('extraction', { field: 3 })],
] as const;

describe.each(kinds)('a task of %s whose worker has left', (method, poll) => {
  it('goes to the next poll of its queue', async () => {
    await answerAndLeave(method, poll);
    expect(await scene.request(method, '70S', poll).heard).toEqual(handedOut);
    expect(scene.calls).toHaveLength(1);
  });

  it('goes to a poll that is at Temporal already', async () => {
    const other = scene.request(method, '70S', poll);
    await expect.poll(() => scene.calls).toHaveLength(1);
    await answerAndLeave(method, poll);
    expect(await other.heard).toEqual(handedOut);
  });
});

it.each([
  ['of another queue', pollOf('other'), task],
  ['of another namespace', pollOf('extraction', { namespace: 'tenant-b' }), task],
  ['of another version of its queue', framed(ofVersion('extraction', 'two')), task],
  ['without a task', pollOf('extraction'), noTask],
])('a poll %s goes to Temporal', async (_what, poll, answer) => {
  await answerAndLeave('PollActivityTaskQueue', pollOf('extraction'), answer);
  scene.request('PollActivityTaskQueue', '70S', poll);
  await expect.poll(() => scene.calls).toHaveLength(2);
});

it('a workflow task is kept for 10 s', async () => {
  await answerAndLeave('PollWorkflowTaskQueue', pollOf('extraction'));
  await scene.clock.advance(10_000);
  scene.request('PollWorkflowTaskQueue', '70S', pollOf('extraction'));
  await expect.poll(() => scene.calls).toHaveLength(2);
});

it('a task of a poll that cannot be read goes to no other one that cannot be read', async () => {
  const unreadable = (queue: string): Buffer => {
    const body = framed(deflateSync(pollOf(queue).subarray(5)));
    body[0] = 1;
    return body;
  };
  await answerAndLeave('PollActivityTaskQueue', unreadable('extraction'));
  scene.request('PollActivityTaskQueue', '70S', unreadable('other'));
  await expect.poll(() => scene.calls).toHaveLength(2);
});
