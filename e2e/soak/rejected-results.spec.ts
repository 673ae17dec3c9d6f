import '../src/fixtures/runtime-log.ts';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import { startTemporalDevServer } from '@worker-auth/servers';
import { clientSecret, temporalAuth } from '@worker-auth/temporal-auth';
import { MockOAuthServer, type RpcFaultName, TemporalAuthGateway } from '@worker-auth/testing-fakes';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Every other call passes, probes among them. */
const reports = ['RespondActivityTaskCompleted', 'RespondActivityTaskFailed', 'RespondActivityTaskCanceled'];
const activities = 100;
const started = new AsyncDisposableStack();
let server: Awaited<ReturnType<typeof startTemporalDevServer>>;
let client: Client;
let workflowBundle: Awaited<ReturnType<typeof bundleWorkflowCode>>;

beforeAll(async () => {
  server = started.use(await startTemporalDevServer());
  const connection = await Connection.connect({ address: server.address });
  started.defer(() => connection.close());
  client = new Client({ connection });
  workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../src/workload/long-activity.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
});

afterAll(() => started.disposeAsync());

/** A worker behind a gateway of its own, and how often each of its activities ran. */
async function openWorker(taskQueue: string, options: { readonly shutdownGraceTime?: string } = {}) {
  await using resources = new AsyncDisposableStack();
  const oauth = resources.use(await MockOAuthServer.start());
  const gateway = resources.use(
    await TemporalAuthGateway.start({ upstream: server.address, jwks: oauth.jwksUrl }),
  );
  const { tokenUrl, clientId: id, clientSecret: secret } = oauth;
  const auth = resources.use(
    temporalAuth({
      ...{ credentials: clientSecret({ id, secret, tokenUrl }), env: {} },
      ...{ host: '127.0.0.1', port: gateway.port, logger: new DefaultLogger('ERROR') },
    }),
  );
  const runs = new Map<string, number>();
  const end = Promise.withResolvers<undefined>();
  const run = async (id: string): Promise<string> => {
    runs.set(id, (runs.get(id) ?? 0) + 1);
    await end.promise;
    return id;
  };
  const worker = await Worker.create({
    ...{ taskQueue, workflowBundle, activities: { run }, plugins: [auth] },
    ...(options as object),
  });
  const owned = resources.move();
  return {
    ...{ gateway, worker, runs },
    /** Starts the workflows; resolves when all their activities run. */
    begin: async (workflow = 'longActivity') => {
      const ids = Array.from({ length: activities }, (_, index) => `${taskQueue}-${index}`);
      const handles = await Promise.all(
        ids.map((id) => client.workflow.start(workflow, { taskQueue, workflowId: id, args: [id] })),
      );
      await expect.poll(() => runs.size, { timeout: 60_000 }).toBe(activities);
      return { ids, results: Promise.all(handles.map((handle) => handle.result() as Promise<string>)) };
    },
    /** Lets all activities end. */
    end: () => {
      end.resolve(undefined);
    },
    twice: () => [...runs.values()].filter((times) => times > 1).length,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

describe.each([4_500, 25_000, 90_000])('results that Temporal does not accept for %i ms', (outageMs) => {
  it.concurrent.each([
    'permissionDenied',
    'connectionClosed',
    'neverAnswers',
    'throttled',
  ] satisfies RpcFaultName[])(
    'arrive, and no activity runs twice: %s',
    async (fault) => {
      await using scene = await openWorker(`${fault}-${outageMs}`);
      await scene.worker.runUntil(async () => {
        const { ids, results } = await scene.begin();
        scene.gateway.failWith(fault, reports);
        scene.end();
        await sleep(outageMs);
        scene.gateway.recover();
        expect(await results).toEqual(ids);
      });
      expect(scene.twice()).toBe(0);
    },
    outageMs + 240_000,
  );
});

it('an activity with a heartbeat time-out is kept alive while its result is rejected', async () => {
  await using scene = await openWorker('beating');
  await scene.worker.runUntil(async () => {
    const begun = scene.begin('beatingActivity');
    scene.gateway.failWith('permissionDenied', reports);
    scene.end();
    const { ids, results } = await begun;
    await sleep(40_000);
    scene.gateway.recover();
    expect(await results).toEqual(ids);
  });
  expect(scene.twice()).toBe(0);
}, 240_000);

it('a worker that is shut down during a rejection of 12 s reports everything within its grace', async () => {
  await using scene = await openWorker('shutdown', { shutdownGraceTime: '30 seconds' });
  const running = scene.worker.run();
  const { results } = await scene.begin();
  scene.gateway.failWith('permissionDenied', reports);
  scene.end();
  await sleep(1_000);
  scene.worker.shutdown();
  await sleep(11_000);
  scene.gateway.recover();
  const endMs = performance.now() + 18_000;
  await running;
  expect(performance.now()).toBeLessThan(endMs);
  // What is left of the workflows is for another worker.
  const native = await NativeConnection.connect({ address: server.address });
  const other = await Worker.create({
    connection: native,
    taskQueue: 'shutdown',
    workflowBundle,
    activities: { run: () => Promise.reject(new Error('twice')) },
  });
  await other.runUntil(results);
  await native.close();
  expect(scene.twice()).toBe(0);
}, 240_000);
