import '../src/fixtures/runtime-log.ts';
import { Worker } from '@temporalio/worker';
import { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { RecordingLogger } from '@worker-auth/testing-fakes';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../src/fixtures/eventually.ts';
import { openTemporal, type TemporalAndClient } from '../src/fixtures/temporal-and-client.ts';
import { type Gateways, openGateways } from '../src/fixtures/worker-behind-gateways.ts';

// What happens while a worker is made, and what of it lasts.

const activities = { run: (id: string) => Promise.resolve(id) };
let temporal: TemporalAndClient;

beforeAll(async () => {
  temporal = await openTemporal();
});

afterAll(() => temporal[Symbol.asyncDispose]());

it.concurrent('a worker that was made within a deadline is well after it', async () => {
  await using world = await openGateways(temporal.address);
  const { workflowBundle, client } = temporal;
  const connection = await world.auth.connectNative();
  const taskQueue = 'within-a-deadline';
  const worker = await connection.withDeadline(Date.now() + 10_000, () =>
    Worker.create({ connection, taskQueue, workflowBundle, activities, plugins: [world.auth] }),
  );
  await worker.runUntil(async () => {
    await sleep(11_000);
    const before = world.count(/^RecordWorkerHeartbeat$/, 'passed');
    await eventually('two more probes', () => world.count(/^RecordWorkerHeartbeat$/, 'passed') > before + 1);
    expect(world.auth.health().temporal.state).toBe('good');
    const options = { taskQueue, workflowId: taskQueue, args: ['late'] };
    expect(await client.workflow.execute('longActivity', options)).toBe('late');
  });
  await connection.close();
});

/** The ways to start. */
const doors: Readonly<Record<string, (world: Gateways) => Promise<unknown>>> = {
  'load()': ({ oauth, port }) => {
    const { tokenUrl: authUrl, clientId, clientSecret } = oauth;
    const logger = new RecordingLogger();
    return new TemporalWorkflowClient({
      ...{ applicationName: 'e2e-worker', authEnabled: true, authUrl, clientId, clientSecret, env: {} },
      ...{ host: '127.0.0.1', port, logger },
    }).load();
  },
  'a worker without a connection': ({ auth }) =>
    Worker.create({ taskQueue: 'rejected', activities, plugins: [auth] }),
  'connectNative()': ({ auth }) => auth.connectNative(),
};

it.concurrent.each(Object.entries(doors))(
  '%s that Temporal always rejects says so within 15 s, and tries another token before',
  async (_door, enter) => {
    await using world = await openGateways(temporal.address);
    const tried = new Set<string>();
    world.gateways[0]?.failWith(({ token }) => {
      if (token !== undefined) tried.add(token.fingerprint);
      return 'permissionDenied';
    });
    const startMs = performance.now();
    await expect(enter(world)).rejects.toMatchObject({ kind: 'authentication' });
    expect(performance.now() - startMs).toBeLessThan(16_000);
    expect(tried.size).toBe(2);
    expect(world.oauth.issuedTokens).toHaveLength(2);
  },
);

it.concurrent.each(['revoked', 'revoked while no other can be had'])(
  'a token that is %s while runWorker() makes its first worker is replaced',
  async (how) => {
    await using world = await openGateways(temporal.address);
    const { workflowBundle, client: direct } = temporal;
    const { tokenUrl: authUrl, clientId, clientSecret } = world.oauth;
    await using client = new TemporalWorkflowClient({
      ...{ applicationName: 'e2e-worker', authEnabled: true, authUrl, clientId, clientSecret, env: {} },
      ...{ host: '127.0.0.1', port: world.port, logger: new RecordingLogger() },
    });
    await client.load();
    // By the call with which Temporal's worker asks for its namespace.
    let revoked: string | undefined;
    world.gateways[0]?.failWith(({ token, method }) => {
      if (method === 'DescribeNamespace') revoked ??= token?.fingerprint;
      return token !== undefined && token.fingerprint === revoked ? 'permissionDenied' : undefined;
    });
    if (how !== 'revoked') {
      world.oauth.failWith('unavailable503');
      setTimeout(() => {
        world.oauth.recover();
      }, 5_000);
    }
    const leaving = new AbortController();
    const taskQueue = `first-worker-${how}`;
    const running = client.runWorker({ taskQueue, workflowBundle, activities, signal: leaving.signal });
    const options = { taskQueue, workflowId: taskQueue, args: ['done'] };
    const handle = await direct.workflow.start('longActivity', options);
    await Promise.race([handle.result(), running]);
    expect((await handle.describe()).status.name).toBe('COMPLETED');
    expect(world.count(/^DescribeNamespace$/, 'rejected')).toBeGreaterThan(0);
    leaving.abort();
    await running;
  },
);
