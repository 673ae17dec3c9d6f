/**
 * Measures what autoscaling pollers change against Temporal's default, on a real dev server, and writes the table into docs/workers.md. Run it
 * with `nx pollers temporal-auth`; it takes some minutes.
 */
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { startTemporalDevServer } from '@worker-auth/servers';
import { LoopbackServer } from '@worker-auth/testing-fakes';
import { markdownTable, writeSection } from '@worker-auth/workspace/readme-section';
import { randomUUID } from 'node:crypto';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pollCalls } from './poll-calls.ts';
import { quantile } from './quantile.ts';
import { pollerDefaults } from '../src/worker/poller-defaults.ts';

const rounds = 5;
const idleMs = 10_000;
/** Workflows that are started at once, of one activity each. */
const burst = 150;
/** Workflows that are started one after the other, at a steady pace. */
const steady = { workflows: 100, everyMs: 200 };

interface Sample {
  readonly idlePolls: number;
  readonly burstPerSecond: number;
  readonly burstPolls: number;
  readonly steadyMs: number;
  readonly steadyPolls: number;
}

const behaviors: Readonly<Record<string, Partial<WorkerOptions>>> = {
  "Temporal's default": {},
  autoscaling: pollerDefaults({}).options,
};

await using server = await startTemporalDevServer();
const metrics = await installRuntime();
const native = await NativeConnection.connect({ address: server.address });
const connection = await Connection.connect({ address: server.address });
const client = new Client({ connection });
const samples = new Map<string, Sample[]>(Object.keys(behaviors).map((name) => [name, []]));
for (let round = 0; round < rounds; round++) {
  const order = round % 2 === 0 ? Object.entries(behaviors) : Object.entries(behaviors).reverse();
  for (const [name, options] of order) samples.get(name)?.push(await measure(options));
}
await connection.close();
await native.close();

const rows = [...samples].map(([name, taken]) => {
  const median = (key: keyof Sample, digits = 0): string =>
    quantile(
      taken.map((sample) => sample[key]),
      0.5,
    ).toFixed(digits);
  return [
    name,
    median('idlePolls'),
    median('burstPerSecond'),
    median('burstPolls'),
    median('steadyMs'),
    median('steadyPolls'),
  ];
});
const report = [
  `Node ${process.versions.node}, ${cpus()[0]?.model ?? 'unknown processor'}, ${new Date().toISOString().slice(0, 10)}; medians of ` +
    `${rounds} runs each, in turn, on one dev server.`,
  '',
  ...markdownTable(
    [
      'pollers',
      `poll calls of an idle worker in its first ${idleMs / 1_000} s`,
      `workflows a second, ${burst} started at once`,
      'poll calls of these',
      `median ms of a workflow at ${1_000 / steady.everyMs} a second`,
      `poll calls of ${steady.workflows} of these`,
    ],
    rows,
  ),
].join('\n');
await writeSection(join(import.meta.dirname, '../docs/workers.md'), 'pollers', report);
console.log(report);
process.exit();

async function measure(options: Partial<WorkerOptions>): Promise<Sample> {
  const taskQueue = `queue-${randomUUID()}`;
  const worker = await Worker.create({
    ...options,
    connection: native,
    taskQueue,
    workflowsPath: fileURLToPath(new URL('one-activity.ts', import.meta.url)),
    activities: { nothing: () => Promise.resolve() },
  });
  return worker.runUntil(async () => {
    const run = (): Promise<unknown> =>
      client.workflow.execute('oneActivity', { taskQueue, workflowId: randomUUID() });
    await sleep(idleMs);
    const idlePolls = await pollCalls(metrics, taskQueue);
    await run();
    const [burstMs, burstPolls] = await polled(taskQueue, () =>
      Promise.all(Array.from({ length: burst }, run)),
    );
    const times: number[] = [];
    const [, steadyPolls] = await polled(taskQueue, () =>
      Promise.all(
        Array.from({ length: steady.workflows }, async (_, index) => {
          await sleep(index * steady.everyMs);
          const startMs = performance.now();
          await run();
          times.push(performance.now() - startMs);
        }),
      ),
    );
    const burstPerSecond = (burst * 1_000) / burstMs;
    return { idlePolls, burstPerSecond, burstPolls, steadyMs: quantile(times, 0.5), steadyPolls };
  });
}

/** How long `work` takes, and how many polls begin meanwhile. */
async function polled(taskQueue: string, work: () => Promise<unknown>): Promise<[ms: number, polls: number]> {
  const before = await pollCalls(metrics, taskQueue);
  const startMs = performance.now();
  await work();
  const ms = performance.now() - startMs;
  return [ms, (await pollCalls(metrics, taskQueue)) - before];
}

/** @returns where Core shows its metrics */
async function installRuntime(): Promise<string> {
  const place = await LoopbackServer.start(() => undefined);
  const { port } = new URL(place.url);
  await place.stop();
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { metrics: { prometheus: { bindAddress: `127.0.0.1:${port}` } } },
  });
  return `http://127.0.0.1:${port}/metrics`;
}
