// What acknowledged results cost beside a plain worker with the same pollers, and what of it one awaited call costs, in turns:
// [rounds] [shape].
import { Client, Connection } from '@temporalio/client';
import { CompleteAsyncError, defaultPayloadConverter } from '@temporalio/common';
import {
  type ActivityInterceptorsFactory,
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
} from '@temporalio/worker';
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

const kinds = ['ours', 'bare', 'plain'] as const;
type Kind = (typeof kinds)[number];

/** A plain worker whose activities report their results by one awaited call of the SDK, and nothing else: no worker that awaits costs less. */
function bareReports({ workflowService }: NativeConnection): ActivityInterceptorsFactory {
  const isReported = new CompleteAsyncError();
  return ({ info: { taskToken, namespace } }) => ({
    inbound: {
      execute: async (input, next) => {
        const payloads = [defaultPayloadConverter.toPayload(await next(input))];
        await workflowService.respondActivityTaskCompleted({ taskToken, namespace, result: { payloads } });
        throw isReported;
      },
    },
  });
}

/** One round of one worker. */
async function run(round: string, shape: Shape, kind: Kind): Promise<Cost> {
  const taskQueue = `${kind} ${round}`;
  await using auth = temporalAuth({ tokens, host, port, env: {}, logger: new DefaultLogger('ERROR') });
  const native = kind === 'ours' ? undefined : await NativeConnection.connect({ address });
  const value = 'x'.repeat(shape.bytes);
  const worker = await Worker.create({
    ...{ taskQueue, workflowBundle, activities: { run: () => Promise.resolve(value) } },
    ...{ workflowTaskPollerBehavior: pollers, activityTaskPollerBehavior: pollers },
    ...(native === undefined ? { plugins: [auth] } : { connection: native }),
    ...(native !== undefined && kind === 'bare' && { interceptors: { activity: [bareReports(native)] } }),
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
  const costs: Record<Kind, Cost>[] = [];
  for (let round = 0; round < rounds; round++) {
    const cost: Partial<Record<Kind, Cost>> = {};
    for (const turn of kinds.keys()) {
      const kind = kinds[(round + turn) % kinds.length] ?? 'plain';
      cost[kind] = await run(`${name} ${round}`, shape, kind);
    }
    costs.push(cost as Record<Kind, Cost>);
  }
  const ratio = (kind: Kind, beside: Kind, key: keyof Cost): string =>
    median(costs.map((cost) => cost[kind][key] / cost[beside][key])).toFixed(3);
  console.log(`${name}, medians of ${rounds} rounds:`);
  for (const [kind, beside] of [
    ['ours', 'plain'],
    ['bare', 'plain'],
    ['ours', 'bare'],
  ] as const)
    console.log(
      `  ${kind} / ${beside}: ${ratio(kind, beside, 'perSecond')} x as many a second, ${ratio(kind, beside, 'cpuUs')} x CPU`,
    );
}
await connection.close();
