import '../src/fixtures/runtime-log.ts';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { startTemporalDevServer } from '@worker-auth/servers';
import { serviceHandler } from 'nexus-rpc';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateways, openGateways } from '../src/fixtures/worker-behind-gateways.ts';
import { echoes } from '../src/workload/of-core.ts';

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
    execute: (workflow: 'localActivity' | 'nexusOperation', id: string) =>
      client.workflow.execute(workflow, {
        ...{ taskQueue, workflowId: `${workflow}-${id}` },
        args: workflow === 'localActivity' ? [id] : [id, endpoint],
      }) as Promise<unknown>,
  };
}

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
