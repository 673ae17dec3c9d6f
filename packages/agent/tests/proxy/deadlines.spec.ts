import { status } from '@grpc/grpc-js';
import { constants } from 'node:http2';
import { beforeEach, describe, expect, it } from 'vitest';
import { openRawTemporal, type RawCall, type RawRequest, type RawTemporal } from '../support/raw-temporal.ts';

const { NGHTTP2_CANCEL: cancel, NGHTTP2_INTERNAL_ERROR: internalError } = constants;

let scene: RawTemporal;
let asked: RawRequest;
/** What Temporal got. */
let call: RawCall;

beforeEach(async () => {
  scene = await openRawTemporal();
});

/** A call with 2 s, which Temporal has by now. */
async function ask(method: string): Promise<void> {
  asked = scene.request(method, '2S');
  await expect.poll(() => scene.calls).toHaveLength(1);
  [call] = scene.calls as [RawCall];
}

/** Nothing is wrong, and the next call is sent at once. */
async function expectNothingSaid(method: string): Promise<void> {
  expect(scene.proxy.troubles).toEqual([]);
  expect(scene.log.entries.filter(({ level }) => level === 'ERROR')).toEqual([]);
  void scene.request(method, '2S');
  await expect.poll(() => scene.calls).toHaveLength(2);
}

/** One of each kind that is held. */
const methods = [
  'QueryWorkflow',
  'DescribeNamespace',
  'RespondWorkflowTaskCompleted',
  'PollWorkflowTaskQueue',
];

describe.each(methods)('%s whose deadline passes says nothing of Temporal', (method) => {
  beforeEach(() => ask(method));

  it.each([
    [
      'resets its stream',
      () => {
        call.stream.close(cancel);
      },
    ],
    [
      'answers by an error',
      () => {
        call.answer(status.UNAVAILABLE);
      },
    ],
  ])('where Temporal %s before its caller does', async (_what, end) => {
    // Its clock may go faster by so much.
    await scene.clock.advance(1_950);
    end();
    const { status: code, tookMs } = await asked.heard;
    expect(tookMs).toBe(1_950);
    expect(code).not.toBe('');
    await expectNothingSaid(method);
  });

  it('where its caller resets its stream before Temporal does', async () => {
    const ended = new Promise((resolve) => call.stream.once('close', resolve));
    await scene.clock.advance(1_950);
    asked.stream.close(cancel);
    await ended;
    expect(call.stream.rstCode).toBe(cancel);
    await expectNothingSaid(method);
  });

  it('where neither does', async () => {
    const ended = new Promise((resolve) => call.stream.once('close', resolve));
    await scene.clock.advance(2_000);
    expect(await asked.heard).toEqual({ status: String(status.DEADLINE_EXCEEDED), bytes: 0, tookMs: 2_000 });
    await ended;
    await expectNothingSaid(method);
  });
});

it.each([cancel, internalError])('a stream that Temporal resets earlier is held: code %i', async (code) => {
  await ask('DescribeNamespace');
  await scene.clock.advance(1_000);
  call.stream.close(code);
  await expect.poll(() => scene.proxy.troubles).toHaveLength(1);
  expect(scene.calls).toHaveLength(1);
});

describe('while connections hang', () => {
  beforeEach(() => {
    scene.hang();
  });

  it.each(methods)('%s is answered by its deadline, and is not sent later', async (method) => {
    const { heard } = scene.request(method, '5S');
    await expect.poll(() => scene.hanging).toBe(1);
    await scene.clock.advance(5_000);
    const { tookMs } = await heard;
    expect(tookMs).toBeLessThanOrEqual(5_000);
    scene.accept();
    await expectAccepted();
    expect(scene.calls.map((sent) => sent.method)).toEqual(['GetSystemInfo']);
  });

  it.each(methods)('%s of a worker that has left is not sent', async (method) => {
    const { leave } = scene.request(method, '60S');
    await expect.poll(() => scene.hanging).toBe(1);
    leave();
    await expect.poll(() => scene.proxy.figures.workers).toBe(0);
    scene.accept();
    await expectAccepted();
    expect(scene.calls.map((sent) => sent.method)).toEqual(['GetSystemInfo']);
  });

  /** Another call gets through, after all that was sent before. */
  async function expectAccepted(): Promise<void> {
    scene.request('GetSystemInfo', '60S');
    await expect.poll(() => scene.calls.at(-1)?.method).toBe('GetSystemInfo');
  }
});
