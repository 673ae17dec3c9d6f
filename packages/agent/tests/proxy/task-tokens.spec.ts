import { status } from '@grpc/grpc-js';
import { deflateSync, gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { framed } from '../../src/proxy/wire.ts';
import { ask } from '../support/raw-caller.ts';
import { openRawTemporal, type RawTemporal } from '../support/raw-temporal.ts';

const service = '/temporal.api.workflowservice.v1.WorkflowService';
const [one, two] = [Buffer.of(0x0a, 1, 1), Buffer.of(0x0a, 1, 2)];
const methods = [
  'RespondActivityTaskCompleted',
  'RespondActivityTaskFailed',
  'RespondActivityTaskCanceled',
  'RecordActivityTaskHeartbeat',
];

let scene: RawTemporal;
beforeEach(async () => {
  scene = await openRawTemporal();
});

const send = (method: string, body: Buffer, encoding?: string): Promise<string> =>
  ask(
    scene.address,
    { ':path': `${service}/${method}`, ...(encoding && { 'grpc-encoding': encoding }) },
    body,
  );

/** Temporal gets the call, and answers it. */
async function isHandedOn(said: Promise<string>): Promise<void> {
  const before = scene.calls.length;
  await expect.poll(() => scene.calls.length).toBe(before + 1);
  scene.calls.at(-1)?.answer(status.NOT_FOUND);
  expect(await said).toBe(String(status.NOT_FOUND));
}

describe.each(methods)('%s', (method) => {
  it.each([
    ['without a task token', framed()],
    ['with two', framed(one, two)],
    ['that cannot be read', framed(one, Buffer.of(0x12, 9))],
  ])('%s is the error of its caller', async (_case, body) => {
    expect(await send(method, body)).toBe(String(status.INVALID_ARGUMENT));
    expect(scene.calls).toHaveLength(0);
  });

  it('with one is handed on', async () => {
    await isHandedOn(send(method, framed(one)));
  });

  it.each([
    ['otherwise', deflateSync(one), 'deflate'],
    ['to more than is unpacked', gzipSync(Buffer.alloc(5_000_000)), 'gzip'],
  ])('that is packed %s is for Temporal to judge', async (_case, message, encoding) => {
    const body = framed(message);
    body[0] = 1;
    await isHandedOn(send(method, body, encoding));
  });
});

it.each([
  'RespondActivityTaskCompletedById',
  'RespondActivityTaskFailedById',
  'RespondActivityTaskCanceledById',
  'RecordActivityTaskHeartbeatById',
])('%s has no task token', async (method) => {
  await isHandedOn(send(method, framed()));
});
