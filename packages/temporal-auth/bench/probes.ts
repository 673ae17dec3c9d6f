/**
 * Counts what the watchdog costs Temporal beside the other calls of a worker, on a real dev server behind the gateway of `testing-fakes`, and
 * writes the table into the README. Run it with `nx probes temporal-auth`; it takes some three minutes.
 */
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { startTemporalDevServer } from '@worker-auth/servers';
import { MockOAuthServer, TemporalAuthGateway } from '@worker-auth/testing-fakes';
import { markdownTable, writeReadmeSection } from '@worker-auth/workspace/readme-section';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TemporalWorkflowClient } from '../src/index.ts';

const probe = 'RecordWorkerHeartbeat';
const workflowsPath = fileURLToPath(new URL('one-activity.ts', import.meta.url));
const activities = { nothing: (): Promise<void> => Promise.resolve() };
/** What the worker does, how many of them a second, and for how long. */
const loads = [
  { what: 'nothing', perSecond: 0, seconds: 60 },
  { what: 'workflows of one activity', perSecond: 1, seconds: 20 },
  { what: 'workflows of one activity', perSecond: 5, seconds: 20 },
  { what: 'workflows of one activity', perSecond: 20, seconds: 20 },
  { what: 'activities alone', perSecond: 5, seconds: 20 },
  { what: 'activities alone', perSecond: 20, seconds: 20 },
] as const;

// Core's own heartbeats of workers would be counted as probes.
Runtime.install({ logger: new DefaultLogger('ERROR'), workerHeartbeatInterval: 0 });
await using server = await startTemporalDevServer();
await using oauth = await MockOAuthServer.start();
await using gateway = await TemporalAuthGateway.start({ upstream: server.address, jwks: oauth.jwksUrl });
await using ours = new TemporalWorkflowClient({
  ...{ applicationName: 'bench', authEnabled: true, authUrl: oauth.tokenUrl, env: {} },
  ...{ clientId: oauth.clientId, clientSecret: oauth.clientSecret },
  ...{ host: '127.0.0.1', port: gateway.port, logger: new DefaultLogger('ERROR') },
});
await ours.load();
const connection = await Connection.connect({ address: server.address });
const client = new Client({ connection });
const native = await NativeConnection.connect({ address: server.address });
const others = { taskQueue: `others-${randomUUID()}`, connection: native, workflowsPath };
const starter = await Worker.create(others);
const taskQueue = `ours-${randomUUID()}`;
const worker = await ours.createWorker({ taskQueue, workflowsPath, activities });

const rows: string[][] = [];
await starter.runUntil(() =>
  worker.runUntil(async () => {
    for (const { what, perSecond, seconds } of loads) {
      const before = { probes: probes(), calls: calls() };
      await run(what, perSecond, seconds);
      const [count, all] = [probes() - before.probes, calls() - before.calls];
      const share = `${((100 * count) / (all - count)).toFixed(1)} %`;
      rows.push([what, String(perSecond), (all / seconds).toFixed(1), (count / seconds).toFixed(2), share]);
    }
  }),
);
await connection.close();
await native.close();

const report = [
  `${new Date().toISOString().slice(0, 10)}; one worker, counted for 20 s each, an idle one for 60 s.`,
  '',
  ...markdownTable(
    [
      'what the worker does',
      'a second',
      'its calls a second, polls included',
      'probes a second',
      'probes by its other calls',
    ],
    rows,
  ),
].join('\n');
await writeReadmeSection(join(import.meta.dirname, '..'), 'probes', report);
console.log(report);

async function run(what: (typeof loads)[number]['what'], perSecond: number, seconds: number): Promise<void> {
  if (perSecond === 0) await sleep(seconds * 1_000);
  const where =
    what === 'activities alone'
      ? { taskQueue: others.taskQueue, args: [taskQueue] as [string] }
      : { taskQueue };
  await Promise.all(
    Array.from({ length: perSecond * seconds }, async (_, index) => {
      await sleep((index * 1_000) / perSecond);
      await client.workflow.execute('oneActivity', { ...where, workflowId: randomUUID() });
    }),
  );
}

function probes(): number {
  return gateway.passed.get(probe) ?? 0;
}

function calls(): number {
  return [...gateway.passed.values()].reduce((sum, count) => sum + count, 0);
}
