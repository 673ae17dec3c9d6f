import '../src/fixtures/runtime-log.ts';
import { heartbeat } from '@temporalio/activity';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import type { RpcFaultName } from '@worker-auth/testing-fakes';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTemporal, type TemporalAndClient } from '../src/fixtures/temporal-and-client.ts';
import { openGateways } from '../src/fixtures/worker-behind-gateways.ts';

const reports = /^RespondActivityTask/;
const beats = /^RecordActivityTaskHeartbeat$/;
const probes = /^RecordWorkerHeartbeat$/;
/** Until all have begun: a task that is lost on its way is given out again after its heartbeat time-out of 60 s. */
const begunMs = 90_000;
let temporal: TemporalAndClient;
let workflowBundle: Awaited<ReturnType<typeof bundleWorkflowCode>>;

beforeAll(async () => {
  temporal = await openTemporal();
  workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../src/workload/deliveries.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
});

afterAll(() => temporal[Symbol.asyncDispose]());

/** A worker whose activities end when they are told to, with results of so many bytes. */
async function openWorker(
  taskQueue: string,
  { bytes = 1, ...limits }: { bytes?: number; maxConcurrentActivityTaskExecutions?: number } = {},
) {
  await using resources = new AsyncDisposableStack();
  const world = resources.use(await openGateways(temporal.address));
  const runs = new Map<string, number>();
  let firstMs = Infinity;
  const ended = Promise.withResolvers<undefined>();
  const end = (): void => {
    ended.resolve(undefined);
  };
  const run = async (id: string): Promise<string> => {
    runs.set(id, (runs.get(id) ?? 0) + 1);
    firstMs = Math.min(firstMs, performance.now());
    heartbeat();
    await ended.promise;
    return id.padEnd(bytes);
  };
  const eventNames: string[] = [];
  for (const name of ['resultPending', 'resultDelivered', 'resultGone', 'resultAbandoned'] as const)
    world.auth.on(name, () => eventNames.push(name));
  const worker = await Worker.create({
    ...{ taskQueue, workflowBundle, activities: { run }, plugins: [world.auth], ...limits },
  });
  const owned = resources.move();
  return {
    ...{ ...world, runs, told: eventNames, end },
    firstMs: () => firstMs,
    tellsOf: (name: string) => eventNames.filter((one) => one === name).length,
    /** The worker waits for its activities at its end, which would hide what a test fails with. */
    runUntil: (test: () => Promise<void>) => worker.runUntil(() => test().finally(end)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

describe('pending results', () => {
  it.each([
    ['1,000 small ones', { count: 1_000, bytes: 1, outageMs: 22_000 }],
    ['40 of 1.9 MB', { count: 40, bytes: 1_900_000, outageMs: 25_000 }],
  ])(
    'are tried by one at a time, and all arrive: %s',
    async (name, { count, bytes, outageMs }) => {
      const taskQueue = `pending-${count}`;
      await using scene = await openWorker(taskQueue, { bytes, maxConcurrentActivityTaskExecutions: count });
      const ids = Array.from({ length: count }, (_, index) => `${name} ${index}`);
      await scene.runUntil(async () => {
        const begin = (part: readonly string[]) =>
          temporal.client.workflow.start('manyActivities', {
            taskQueue,
            workflowId: part[0] ?? '',
            args: [part],
          });
        // Of each the result is small, or Temporal would reject it.
        const size = bytes > 1 ? 1 : 100;
        const parts = Array.from({ length: count / size }, (_, index) =>
          ids.slice(index * size, (index + 1) * size),
        );
        const handles = await Promise.all(parts.map(begin));
        await expect.poll(() => scene.runs.size, { timeout: begunMs }).toBe(count);
        const [gateway] = scene.gateways;
        gateway?.failWith(({ method }) =>
          reports.test(method) || beats.test(method) || probes.test(method) ? 'permissionDenied' : undefined,
        );
        scene.end();
        await expect
          .poll(() => scene.tellsOf('resultPending'), { timeout: 30_000 })
          .toBe(count)
          .catch((error: unknown) => {
            gateway?.recover();
            throw error;
          });
        await sleep(2_000);
        const before = [reports, beats, probes].map((method) => scene.count(method));
        const sinceMs = performance.now();
        await sleep(outageMs);
        const made = [reports, beats, probes].map(
          (method, index) => scene.count(method) - (before[index] ?? 0),
        );
        const perSecond = made.map((calls) => (calls * 1_000) / (performance.now() - sinceMs));
        gateway?.recover();
        const results = (await Promise.all(handles.map((handle) => handle.result()))) as number[];
        expect(results.reduce((sum, one) => sum + one)).toBe(count);
        // Canaries are 0.1 to 2 s apart, of results and of heartbeats.
        expect(Math.max(...perSecond)).toBeLessThan(1.5);
        expect(scene.count(reports)).toBeLessThan(count * 2 + 1.5 * (outageMs / 1_000) + 10);
        expect(scene.tellsOf('resultDelivered')).toBe(count);
      });
      expect(new Set(scene.runs.values())).toEqual(new Set([1]));
    },
    240_000,
  );
});

describe('results that Temporal does not accept for 90 s', () => {
  it.concurrent.each([
    'permissionDenied',
    'connectionClosed',
    'neverAnswers',
    'throttled',
  ] satisfies RpcFaultName[])(
    'arrive, and no activity runs twice: %s',
    async (fault) => {
      await using scene = await openWorker(fault);
      const ids = Array.from({ length: 100 }, (_, index) => `${fault} ${index}`);
      await scene.runUntil(async () => {
        const options = { taskQueue: fault, workflowId: fault, args: [ids] };
        const handle = await temporal.client.workflow.start('manyActivities', options);
        await expect.poll(() => scene.runs.size, { timeout: begunMs }).toBe(ids.length);
        scene.gateways[0]?.failWith(({ method }) => (reports.test(method) ? fault : undefined));
        scene.end();
        await sleep(90_000);
        scene.gateways[0]?.recover();
        await handle.result();
      });
      expect(new Set(scene.runs.values())).toEqual(new Set([1]));
    },
    240_000,
  );
});

it('a result that is rejected 9.3 s after the last beat of a time-out of 10 s is kept alive at once', async () => {
  const taskQueue = 'beaten';
  await using scene = await openWorker(taskQueue);
  const ids = Array.from({ length: 8 }, (_, index) => `${taskQueue}-${index}`);
  await scene.runUntil(async () => {
    const start = (id: string) =>
      temporal.client.workflow.start('beatenActivity', { taskQueue, workflowId: id, args: [id] });
    const handles = await Promise.all(ids.map(start));
    await expect.poll(() => scene.runs.size, { timeout: 30_000 }).toBe(8);
    scene.gateways[0]?.failWith(({ method }) => (reports.test(method) ? 'permissionDenied' : undefined));
    // Of those that began first too.
    await sleep(9_300 - (performance.now() - scene.firstMs()));
    scene.end();
    await sleep(12_000);
    scene.gateways[0]?.recover();
    expect(await Promise.all(handles.map((handle) => handle.result()))).toEqual(ids);
  });
  expect(new Set(scene.runs.values())).toEqual(new Set([1]));
}, 120_000);

describe('a result that Temporal no longer wants', () => {
  it('is gone when its workflow was terminated', async () => {
    const taskQueue = 'terminated-workflow';
    await using scene = await openWorker(taskQueue);
    await scene.runUntil(async () => {
      const handle = await temporal.client.workflow.start('manyActivities', {
        ...{ taskQueue, workflowId: taskQueue, args: [['one', 'two']] },
      });
      await expect.poll(() => scene.runs.size, { timeout: 30_000 }).toBe(2);
      await handle.terminate();
      scene.end();
      await expect.poll(() => scene.tellsOf('resultGone'), { timeout: 30_000 }).toBe(2);
    });
    expect(scene.told).toEqual(['resultGone', 'resultGone']);
    expect(scene.warnings).toHaveLength(2);
    expect(scene.warnings[0]).toMatch(/^Temporal no longer wants an activity result: /);
  }, 120_000);

  it('is abandoned, or gone, when its time-out was shorter than the outage', async () => {
    const taskQueue = 'timed-out';
    await using scene = await openWorker(taskQueue);
    await scene.runUntil(async () => {
      const ids = Array.from({ length: 5 }, (_, index) => `${taskQueue}-${index}`);
      const handles = await Promise.all(
        ids.map((id) =>
          temporal.client.workflow.start('shortActivity', { taskQueue, workflowId: id, args: [id] }),
        ),
      );
      await expect.poll(() => scene.runs.size, { timeout: 30_000 }).toBe(5);
      scene.gateways[0]?.failWith(({ method }) => (reports.test(method) ? 'permissionDenied' : undefined));
      scene.end();
      await Promise.allSettled(handles.map((handle) => handle.result()));
      await sleep(2_000);
      scene.gateways[0]?.recover();
      await expect
        .poll(() => scene.tellsOf('resultGone') + scene.tellsOf('resultAbandoned'), { timeout: 30_000 })
        .toBe(5);
    });
    expect(scene.tellsOf('resultDelivered')).toBe(0);
  }, 120_000);
});
