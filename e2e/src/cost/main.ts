// What acknowledged results cost, beside a plain worker with the same pollers, in turns: [rounds] [shape].
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { startTemporalDevServer } from '@worker-auth/servers';
import { temporalAuth } from '@worker-auth/temporal-auth';
import { median } from '@worker-auth/workspace/quantile';
import { fileURLToPath } from 'node:url';

interface Shape {
  readonly activities: number;
  /** Workflows of one activity; one of them all where it is 0, whose activities are all that is done. */
  readonly workflowsAtOnce: number;
  /** Of each result. */
  readonly bytes: number;
}

const shapes: Readonly<Record<string, Shape>> = {
  '16 at once': { activities: 300, workflowsAtOnce: 16, bytes: 10 },
  '100 at once': { activities: 400, workflowsAtOnce: 100, bytes: 10 },
  '100 KB': { activities: 200, workflowsAtOnce: 16, bytes: 100_000 },
  '1.5 MB': { activities: 48, workflowsAtOnce: 4, bytes: 1_500_000 },
  tiny: { activities: 600, workflowsAtOnce: 0, bytes: 10 },
};
const rounds = Number(process.argv[2] ?? 24);
const only = process.argv[3];

Runtime.install({ logger: new DefaultLogger('ERROR') });
await using server = await startTemporalDevServer();
const { address } = server;
const connection = await Connection.connect({ address });
const client = new Client({ connection });
const workflowBundle = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
  logger: new DefaultLogger('ERROR'),
});
const pollers = { type: 'autoscaling', minimum: 5 } as const;
const [host = '', port = ''] = address.split(':');
const tokens = {
  peek: () => 'token',
  getToken: () => Promise.resolve('token'),
  subscribe: () => () => undefined,
};

interface Cost {
  readonly perSecond: number;
  /** Microseconds of CPU an activity, of this process. */
  readonly cpuUs: number;
}

/** One round, of our worker or of a plain one. */
async function run(round: string, shape: Shape, isOurs: boolean): Promise<Cost> {
  const taskQueue = `${isOurs ? 'ours' : 'plain'} ${round}`;
  await using auth = temporalAuth({ tokens, host, port, env: {}, logger: new DefaultLogger('ERROR') });
  const native = isOurs ? undefined : await NativeConnection.connect({ address });
  const value = 'x'.repeat(shape.bytes);
  const worker = await Worker.create({
    ...{ taskQueue, workflowBundle, activities: { run: () => Promise.resolve(value) } },
    ...{ workflowTaskPollerBehavior: pollers, activityTaskPollerBehavior: pollers },
    ...(native === undefined ? { plugins: [auth] } : { connection: native }),
  });
  let next = 0;
  const execute = (workflowId: string, count: number): Promise<unknown> =>
    client.workflow.execute('activities', { taskQueue, workflowId, args: [count] });
  const work = async (): Promise<void> => {
    while (next < shape.activities) await execute(`${taskQueue} ${next++}`, 1);
  };
  let cost: Cost = { perSecond: 0, cpuUs: 0 };
  await worker.runUntil(async () => {
    await execute(`${taskQueue} first`, 1);
    const [cpu, startMs] = [process.cpuUsage(), performance.now()];
    if (shape.workflowsAtOnce === 0) await execute(`${taskQueue} all`, shape.activities);
    else await Promise.all(Array.from({ length: shape.workflowsAtOnce }, work));
    const { user, system } = process.cpuUsage(cpu);
    const perSecond = shape.activities / ((performance.now() - startMs) / 1_000);
    cost = { perSecond, cpuUs: (user + system) / shape.activities };
  });
  await native?.close();
  return cost;
}

for (const [name, shape] of Object.entries(shapes)) {
  if (only !== undefined && only !== name) continue;
  const ratios: Cost[] = [];
  for (let round = 0; round < rounds; round++) {
    const costs = new Map<boolean, Cost>();
    for (const isOurs of round % 2 === 0 ? [true, false] : [false, true])
      costs.set(isOurs, await run(`${name} ${round}`, shape, isOurs));
    const [ours, plain] = [costs.get(true), costs.get(false)];
    if (ours === undefined || plain === undefined) continue;
    ratios.push({ perSecond: ours.perSecond / plain.perSecond, cpuUs: ours.cpuUs / plain.cpuUs });
  }
  const medianOf = (key: keyof Cost): string => median(ratios.map((ratio) => ratio[key])).toFixed(3);
  console.log(
    `${name}: ${medianOf('perSecond')} x as many a second, ${medianOf('cpuUs')} x CPU, medians of ${rounds} rounds`,
  );
}
await connection.close();
