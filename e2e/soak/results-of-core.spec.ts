import '../src/fixtures/runtime-log.ts';
import { Client, Connection } from '@temporalio/client';
import { startWorkflow, WorkflowRunOperationHandler } from '@temporalio/nexus';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { startTemporalDevServer } from '@worker-auth/servers';
import { serviceHandler } from 'nexus-rpc';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateways, openGateways } from '../src/fixtures/worker-behind-gateways.ts';
import { echoes, localActivity } from '../src/workload/of-core.ts';

// Local activities and Nexus handlers, whose results Temporal's Core reports.

const started = new AsyncDisposableStack();
let server: Awaited<ReturnType<typeof startTemporalDevServer>>;
let connection: Connection;
let client: Client;
let workflowBundle: Awaited<ReturnType<typeof bundleWorkflowCode>>;

beforeAll(async () => {
  server = started.use(await startTemporalDevServer());
  connection = await Connection.connect({ address: server.address });
  started.defer(() => connection.close());
  client = new Client({ connection });
  workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../src/workload/of-core.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
});

afterAll(() => started.disposeAsync());

/** A worker behind a gateway, and how often each of its handlers and local activities ran. */
async function openWorker({ auth }: Gateways, taskQueue: string) {
  const runs = new Map<string, number>();
  const ran = (id: string): void => {
    runs.set(id, (runs.get(id) ?? 0) + 1);
  };
  const endpoint = `endpoint-${taskQueue}`;
  await connection.operatorService.createNexusEndpoint({
    spec: { name: endpoint, target: { worker: { namespace: 'default', taskQueue } } },
  });
  const handler = serviceHandler(echoes, {
    echo: (_context, id) => {
      ran(id);
      return Promise.resolve(id);
    },
    run: new WorkflowRunOperationHandler<string, string>((context, id) => {
      ran(id);
      // By the client of the worker, on its native connection.
      return startWorkflow(context, localActivity, { workflowId: `of-${id}`, args: [`of-${id}`] });
    }),
  });
  const local = (id: string): Promise<string> => {
    ran(id);
    return Promise.resolve(id);
  };
  const worker = await Worker.create({
    ...{ taskQueue, workflowBundle, plugins: [auth] },
    ...{ activities: { local }, nexusServices: [handler] },
  });
  return {
    ...{ worker, runs },
    execute: (workflow: 'localActivity' | 'nexusOperation', id: string, name = 'echo') =>
      client.workflow.execute(workflow, {
        ...{ taskQueue, workflowId: `${workflow}-${id}` },
        args: workflow === 'localActivity' ? [id] : [name, id, endpoint],
      }) as Promise<unknown>,
  };
}

describe('through three refreshes of the token', () => {
  it.concurrent.each(['localActivity', 'nexusOperation'] as const)('each runs once: %s', async (workflow) => {
    await using world = await openGateways(server.address, { lifetimeSeconds: 20 });
    const { worker, runs, execute } = await openWorker(world, `refreshed-${workflow}`);
    const results: Promise<unknown>[] = [];
    await worker.runUntil(async () => {
      for (let count = 0; world.oauth.issuedTokens.length < 4; count++) {
        results.push(execute(workflow, `${workflow}-${count}`, count % 2 === 0 ? 'echo' : 'run'));
        await sleep(500);
      }
      expect(new Set(await Promise.all(results)).size).toBe(results.length);
    });
    expect(world.count(/^Respond/, 'rejected')).toBe(0);
    expect(runs.size).toBeGreaterThanOrEqual(results.length);
    expect(new Set(runs.values())).toEqual(new Set([1]));
  });
});

describe('a completion that Temporal rejects is lost', () => {
  it.concurrent.each([
    [
      'the local activities of a workflow task run again with it',
      'localActivity',
      'RespondWorkflowTaskCompleted',
    ],
    ['the handler of an operation runs again', 'nexusOperation', 'RespondNexusTaskCompleted'],
  ] as const)('%s', async (_title, workflow, method) => {
    await using world = await openGateways(server.address);
    const { worker, runs, execute } = await openWorker(world, `rejected-${workflow}`);
    await worker.runUntil(async () => {
      expect(await execute(workflow, 'first')).toBe('first');
      world.gateways[0]?.injectFault('permissionDenied', { method });
      const startMs = performance.now();
      expect(await execute(workflow, 'second')).toBe('second');
      // The time-outs of a workflow task and of a Nexus task are 10 s each.
      expect(performance.now() - startMs).toBeLessThan(40_000);
      expect(world.auth.health().temporal.state).toBe('good');
    });
    expect([...runs]).toEqual([
      ['first', 1],
      ['second', 2],
    ]);
  });
});
