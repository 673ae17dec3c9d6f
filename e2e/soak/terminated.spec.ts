import '../src/fixtures/runtime-log.ts';
import { NativeConnection, Worker } from '@temporalio/worker';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTemporal, type TemporalAndClient } from '../src/fixtures/temporal-and-client.ts';
import { temporaryFolder } from '../src/fixtures/temporary-folder.ts';
import { openGateways } from '../src/fixtures/worker-behind-gateways.ts';
import { TerminatedWorker } from '../src/terminated/terminated-worker.ts';

const activities = 100;
const graceMs = 30_000;
const rejectionMs = 12_000;
let temporal: TemporalAndClient;

beforeAll(async () => {
  temporal = await openTemporal();
});

afterAll(() => temporal[Symbol.asyncDispose]());

it.concurrent.each(['plugin', 'runWorker'] as const)(
  'SIGTERM 1 s into a rejection of 12 s of every call: each result arrives, and the process ends within its grace: %s',
  async (kind) => {
    const { address, client, workflowBundle } = temporal;
    await using folder = await temporaryFolder();
    const codePath = await folder.write('workflows.js', workflowBundle.code);
    await using world = await openGateways(address);
    const { tokenUrl: authUrl, clientId, clientSecret } = world.oauth;
    const taskQueue = `terminated-${kind}`;
    await using worker = new TerminatedWorker({
      ...{ kind, authUrl, clientId, clientSecret, port: world.port, taskQueue, codePath },
      graceMs,
    });
    const start = (id: string) =>
      client.workflow.start('longActivity', { taskQueue, workflowId: id, args: [id] });
    const ids = Array.from({ length: activities }, (_, index) => `${taskQueue}-${index}`);
    const handles = await Promise.all(ids.map(start));
    await expect.poll(() => worker.runs.size, { timeout: 60_000 }).toBe(activities);

    world.gateways[0]?.failWith('permissionDenied');
    // Ends polls that are open, so that the next ones are rejected.
    const late = `${taskQueue}-late`;
    handles.push(await start(late));
    worker.endActivities();
    await sleep(1_000);
    const startMs = performance.now();
    const ended = worker.terminate();
    await sleep(rejectionMs - 1_000);
    world.gateways[0]?.recover();
    expect(await ended).toBe(0);
    const exitMs = performance.now() - startMs;
    expect(exitMs).toBeGreaterThan(rejectionMs - 1_000);
    expect(exitMs).toBeLessThan(graceMs);

    // What is left of the workflows is for another worker.
    const native = await NativeConnection.connect({ address });
    const other = await Worker.create({
      ...{ connection: native, taskQueue, workflowBundle },
      activities: {
        run: (id: string) => (id === late ? Promise.resolve(id) : Promise.reject(new Error('twice'))),
      },
    });
    const results = await other.runUntil(
      Promise.all(handles.map((handle) => handle.result() as Promise<string>)),
    );
    await native.close();
    expect(results).toEqual([...ids, late]);
    expect(new Set(worker.runs.values())).toEqual(new Set([1]));
    expect(world.count(/^Poll/, 'rejected')).toBeGreaterThan(0);
  },
);
