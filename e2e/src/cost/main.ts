// What acknowledged results cost: workflows of one activity, 16 at once, beside a plain worker with the same pollers, in turns.
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { startTemporalDevServer } from '@worker-auth/servers';
import { temporalAuth } from '@worker-auth/temporal-auth';
import { median } from '@worker-auth/workspace/quantile';
import { fileURLToPath } from 'node:url';

const rounds = Number(process.argv[2] ?? 10);
const [workflows, atOnce] = [300, 16];

Runtime.install({ logger: new DefaultLogger('ERROR') });
await using server = await startTemporalDevServer();
const { address } = server;
const connection = await Connection.connect({ address });
const client = new Client({ connection });
const workflowBundle = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('../workload/long-activity.ts', import.meta.url)),
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
  /** Microseconds of CPU a workflow, of this process. */
  readonly cpuUs: number;
}

/** One round, of our worker or of a plain one. */
async function run(round: number, isOurs: boolean): Promise<Cost> {
  const taskQueue = `${isOurs ? 'ours' : 'plain'}-${round}`;
  await using auth = temporalAuth({ tokens, host, port, env: {}, logger: new DefaultLogger('ERROR') });
  const native = isOurs ? undefined : await NativeConnection.connect({ address });
  const worker = await Worker.create({
    ...{ taskQueue, workflowBundle, activities: { run: (id: string) => Promise.resolve(id) } },
    ...{ workflowTaskPollerBehavior: pollers, activityTaskPollerBehavior: pollers },
    ...(native === undefined ? { plugins: [auth] } : { connection: native }),
  });
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < workflows) {
      const id = `${taskQueue}-${next++}`;
      await client.workflow.execute('longActivity', { taskQueue, workflowId: id, args: [id] });
    }
  };
  let cost: Cost = { perSecond: 0, cpuUs: 0 };
  await worker.runUntil(async () => {
    await client.workflow.execute('longActivity', {
      taskQueue,
      workflowId: `${taskQueue}-first`,
      args: ['first'],
    });
    const [cpu, startMs] = [process.cpuUsage(), performance.now()];
    await Promise.all(Array.from({ length: atOnce }, work));
    const { user, system } = process.cpuUsage(cpu);
    const perSecond = workflows / ((performance.now() - startMs) / 1_000);
    cost = { perSecond, cpuUs: (user + system) / workflows };
  });
  await native?.close();
  return cost;
}

const ratios: { readonly perSecond: number; readonly cpuUs: number }[] = [];
for (let round = 0; round < rounds; round++) {
  const order = round % 2 === 0 ? [true, false] : [false, true];
  const costs = new Map<boolean, Cost>();
  for (const isOurs of order) costs.set(isOurs, await run(round, isOurs));
  const [ours, plain] = [costs.get(true), costs.get(false)];
  if (ours === undefined || plain === undefined) continue;
  ratios.push({ perSecond: ours.perSecond / plain.perSecond, cpuUs: ours.cpuUs / plain.cpuUs });
  console.log(
    `${round + 1}: ours ${ours.perSecond.toFixed(1)} a second, ${ours.cpuUs.toFixed(0)} us CPU; ` +
      `plain ${plain.perSecond.toFixed(1)}, ${plain.cpuUs.toFixed(0)}`,
  );
}
console.log(
  `Median of ${rounds} rounds: ${median(ratios.map(({ perSecond }) => perSecond)).toFixed(3)} x workflows a second, ` +
    `${median(ratios.map(({ cpuUs }) => cpuUs)).toFixed(3)} x CPU`,
);
await connection.close();
