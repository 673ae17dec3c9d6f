/**
 * Measures what autoscaling pollers change against Temporal's default, on a real dev server, and writes the table into its page of measurements. Run it
 * with `nx pollers temporal-auth`; it takes some minutes. With a number of rounds behind it, fewer than five, it only prints the table.
 */
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { startTemporalDevServer } from '@worker-auth/servers';
import { LoopbackServer } from '@worker-auth/testing-fakes';
import { markdownTable, measurementsPage, writeSection } from '@worker-auth/workspace/readme-section';
import { randomUUID } from 'node:crypto';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { quantile } from '@worker-auth/workspace/quantile';
import { pollerDefaults } from '../src/worker/worker-run.ts';

const fullRounds = 5;
const rounds = Number(process.argv[2] ?? fullRounds);
const idleMs = 10_000;
/** Workflows that are started at once, of one activity each. */
const burst = 150;
/** Workflows of which so many are open at any time. */
const loop = { workflows: 150, atOnce: 16 };
/** Workflows that are started one after the other, at a steady pace. */
const steady = { workflows: 100, everyMs: 200 };

interface Sample {
  readonly idlePolls: number;
  readonly burstPerSecond: number;
  readonly burstPolls: number;
  readonly loopPerSecond: number;
  readonly steadyMs: number;
  readonly steadyPolls: number;
}

const scaling = { type: 'autoscaling', minimum: 10, initial: 10 } as const;
const plain = "Temporal's default";
const behaviors: Readonly<Record<string, Partial<WorkerOptions>>> = {
  [plain]: {},
  autoscaling: pollerDefaults({}),
  'autoscaling, `minimum: 10`': { workflowTaskPollerBehavior: scaling, activityTaskPollerBehavior: scaling },
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
    loopRatios(taken),
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
      `workflows a second, ${loop.atOnce} at once, by that of the default in the same round: median (range)`,
      `median ms of a workflow at ${1_000 / steady.everyMs} a second`,
      `poll calls of ${steady.workflows} of these`,
    ],
    rows,
  ),
].join('\n');
if (rounds >= fullRounds) await writeSection(measurementsPage('temporal-auth'), 'pollers', report);
console.log(report);
process.exit();

/** The machine is as busy for one as for the other within a round, and not from round to round. */
function loopRatios(taken: readonly Sample[]): string {
  const base = samples.get(plain) ?? [];
  const ratios = taken.map(({ loopPerSecond }, round) => loopPerSecond / (base[round]?.loopPerSecond ?? NaN));
  const [low, middle, high] = [0, 0.5, 1 - Number.EPSILON].map((share) => quantile(ratios, share).toFixed(2));
  return `${middle} (${low} to ${high})`;
}

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
    let open = 0;
    const work = async (): Promise<void> => {
      while (open++ < loop.workflows) await run();
    };
    const loopStartMs = performance.now();
    await Promise.all(Array.from({ length: loop.atOnce }, work));
    const loopPerSecond = (loop.workflows * 1_000) / (performance.now() - loopStartMs);
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
    return {
      idlePolls,
      burstPerSecond,
      burstPolls,
      loopPerSecond,
      steadyMs: quantile(times, 0.5),
      steadyPolls,
    };
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

/** Polls of a task queue that have begun until now, for whatever kind of task: from the metrics of Temporal's Core, in Prometheus' text. */
async function pollCalls(metricsUrl: string, taskQueue: string): Promise<number> {
  const response = await fetch(metricsUrl, { headers: { connection: 'close' } });
  const lines = (await response.text()).split('\n');
  return lines
    .filter((line) => line.startsWith('temporal_long_request{') && line.includes(`task_queue="${taskQueue}"`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
