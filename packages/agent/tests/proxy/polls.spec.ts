import { status } from '@grpc/grpc-js';
import { beforeEach, expect, it } from 'vitest';
import { type Heard, openRawTemporal, type RawTemporal } from '../support/raw-temporal.ts';

let scene: RawTemporal;

beforeEach(async () => {
  scene = await openRawTemporal();
});

/** Polls with so much time. */
function poll(timeout: string): Promise<Heard> {
  return scene.request('PollWorkflowTaskQueue', timeout).heard;
}

/** Temporal is unavailable for the poll, which is held then. */
async function reject(number: number): Promise<void> {
  scene.calls[number]?.answer(status.UNAVAILABLE);
  await expect.poll(() => scene.proxy.figures.heldPolls).toBe(1);
}

it.each([
  ['70S', '69000m'],
  ['4S', '3000m'],
  // Temporal rejects such a poll, and its worker is to hear that.
  ['2S', '2000m'],
])('Temporal has 1 s less for a poll of %s', async (timeout, sent) => {
  void poll(timeout);
  await expect.poll(() => scene.calls.map((one) => one.timeout)).toEqual([sent]);
});

it('Temporal has 3 s at least for a poll that was held; with less it ends, 0.6 of 6 s before its deadline', async () => {
  const heard = poll('6S');
  const timeouts = ['5000m', '3750m', '3000m'];
  await expect.poll(() => scene.calls).toHaveLength(1);
  await scene.clock.advance(1_000);
  for (let number = 0; number < timeouts.length; number++) {
    await expect.poll(() => scene.calls.map(({ timeout }) => timeout)).toEqual(timeouts.slice(0, number + 1));
    await reject(number);
    await scene.clock.advance(500);
  }
  await scene.clock.advance(2_900);
  expect(await heard).toEqual({ status: String(status.OK), bytes: 5, tookMs: 5_400 });
  expect(scene.calls).toHaveLength(timeouts.length);
});

it('a poll that is held ends with an empty response, 4 s before its deadline', async () => {
  const heard = poll('70S');
  await expect.poll(() => scene.calls).toHaveLength(1);
  scene.refuse();
  scene.cut();
  await expect.poll(() => scene.proxy.figures.heldPolls).toBe(1);
  await scene.clock.advance(66_000);
  expect(await heard).toEqual({ status: String(status.OK), bytes: 5, tookMs: 66_000 });
});
