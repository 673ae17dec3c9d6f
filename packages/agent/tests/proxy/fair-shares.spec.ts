import { expect, it } from 'vitest';
import { framed } from '../../src/proxy/wire.ts';
import { openSession } from '../support/raw-caller.ts';
import { openRawTemporal } from '../support/raw-temporal.ts';

const path = '/temporal.api.workflowservice.v1.WorkflowService/StartWorkflowExecution';

it('a connection with requests that never end leaves room for those of others, and its own are ended', async () => {
  const scene = await openRawTemporal();
  const greedy = openSession(scene.address);
  // All but 64 bytes of 256 MB: twice what there is.
  const part = Buffer.alloc(4_194_303);
  const answered = new Set<object>();
  const streams = Array.from({ length: 64 }, () => {
    const stream = greedy.request({ ':method': 'POST', ':path': path }).on('error', () => undefined);
    stream.once('response', () => answered.add(stream));
    stream.resume().write(part);
    return stream;
  });
  // Node tells of no `close` where a reset meets a write that waits.
  const ended = (): number => streams.filter(({ closed }) => closed).length;
  await expect.poll(() => answered.size, { timeout: 10_000 }).toBeGreaterThan(0);
  const { heard } = scene.request('StartWorkflowExecution', '60S', framed(Buffer.alloc(1_000_000)));
  await expect.poll(() => scene.calls, { timeout: 5_000 }).toHaveLength(1);
  scene.calls[0]?.answer(0);
  expect((await heard).status).toBe('0');
  expect(ended()).toBeLessThan(64);
  // The clock goes faster than what is still on its way.
  let written = -1;
  const isQuiet = (): boolean => written === (written = greedy.socket.bytesWritten);
  await expect.poll(isQuiet, { timeout: 10_000, interval: 200 }).toBe(true);
  await expect.poll(() => scene.clock.advance(1_000).then(ended), { timeout: 10_000 }).toBe(64);
  // What the proxy ends is told why.
  expect(streams.filter((stream) => !answered.has(stream))).toEqual([]);
});
