import { status } from '@grpc/grpc-js';
import { beforeEach, expect, it } from 'vitest';
import { framed } from '../../src/proxy/wire.ts';
import { openRawTemporal, type RawTemporal } from '../support/raw-temporal.ts';

/** Field 5, a number: 1. */
const waitNewEvent = framed(Buffer.from([0x28, 1]));

/** Field 6, bytes. */
const longPollToken = framed(Buffer.from([0x32, 1, 7]));

const noFields = framed();

let scene: RawTemporal;

beforeEach(async () => {
  scene = await openRawTemporal();
});

/** So many calls, which Temporal has by then. */
async function askAll(count: number, method: string, body?: Buffer): Promise<void> {
  for (let call = 0; call < count; call++) scene.request(method, '60S', body);
  await expect.poll(() => scene.calls).toHaveLength(count);
}

it.each([
  ['GetWorkflowExecutionHistory', waitNewEvent],
  ['QueryWorkflow', noFields],
  ['UpdateWorkflowExecution', noFields],
  ['PollWorkflowExecutionUpdate', noFields],
  ['ExecuteMultiOperation', noFields],
  ['PollActivityExecution', noFields],
  ['DescribeActivityExecution', longPollToken],
])('forty of %s that were cut are sent again at once, and nothing is said', async (method, body) => {
  await askAll(40, method, body);
  await scene.clock.advance(2_000);
  scene.cut();
  await expect.poll(() => scene.calls).toHaveLength(80);
  // What is left of their time.
  expect(new Set(scene.calls.slice(40).map(({ timeout }) => timeout))).toEqual(new Set(['58000m']));
  expect(scene.proxy.troubles).toEqual([]);
  expect(scene.log.entries.filter(({ level }) => level === 'ERROR')).toEqual([]);
});

it('forty that a server ends as it shuts down are sent again at once', async () => {
  await askAll(40, 'QueryWorkflow');
  // Resets, and then GOAWAY.
  scene.sessions[0]?.destroy();
  await expect.poll(() => scene.calls).toHaveLength(80);
  expect(scene.proxy.troubles).toEqual([]);
});

it.each([
  ['GetWorkflowExecutionHistory', noFields],
  ['DescribeActivityExecution', noFields],
  ['ListWorkflowExecutions', noFields],
])('%s that does not wait goes by a canary', async (method, body) => {
  await askAll(40, method, body);
  scene.cut();
  await expect.poll(() => scene.proxy.troubles).toHaveLength(1);
  await scene.clock.advance(500);
  await expect.poll(() => scene.calls).toHaveLength(41);
});

it('one that goes on failing keeps no other one waiting, and is well once it is open', async () => {
  await askAll(1, 'QueryWorkflow');
  const [first] = scene.calls;
  first?.answer(status.UNAVAILABLE);
  await expect.poll(() => scene.calls).toHaveLength(2);
  scene.calls[1]?.answer(status.UNAVAILABLE);
  await expect.poll(() => scene.proxy.troubles).toHaveLength(1);
  scene.request('QueryWorkflow', '60S');
  await expect.poll(() => scene.calls).toHaveLength(3);
  await scene.clock.advance(400);
  expect(scene.proxy.troubles).toEqual([]);
});

it('forty wait for one connection', async () => {
  await askAll(40, 'QueryWorkflow');
  scene.refuse();
  scene.cut();
  await expect.poll(() => scene.proxy.troubles.length).toBeGreaterThan(1);
  const before = scene.refused;
  await scene.clock.advance(10_000);
  expect(scene.refused - before).toBeLessThanOrEqual(11);
  scene.accept();
  await scene.clock.advance(1_000);
  await expect.poll(() => scene.calls).toHaveLength(80);
});
