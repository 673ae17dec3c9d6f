import '../src/fixtures/runtime-log.ts';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Passthrough } from '../src/bad-days/passthrough.ts';
import { eventually } from '../src/fixtures/eventually.ts';
import { openTemporal, type TemporalAndClient } from '../src/fixtures/temporal-and-client.ts';
import { type Gateways, loaded, openGateways } from '../src/fixtures/worker-behind-gateways.ts';

// Packets are swallowed on what is open, and new connections work: as where a firewall has forgotten a connection.

const activities = { run: (id: string) => Promise.resolve(id) };
const heartbeat = { namespace: 'default', workerHeartbeat: [] };
let temporal: TemporalAndClient;

beforeAll(async () => {
  temporal = await openTemporal();
});

afterAll(() => temporal[Symbol.asyncDispose]());

/** How long it takes from now. */
async function msOf(work: Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work;
  return Math.round(performance.now() - startMs);
}

/** Another way to the frontend, for a program without the plugin. */
async function plainWay({ oauth, gateways: [gateway] }: Gateways) {
  const network = await Passthrough.start(gateway?.port ?? 0);
  const place = { address: network.address, apiKey: oauth.mintToken(), tls: false };
  return { network, place, [Symbol.asyncDispose]: () => network[Symbol.asyncDispose]() };
}

/** Times of the probes' beginnings and of the first one that is answered after that, in ms. */
function watchProbes({ auth }: Gateways): { next(): Promise<number> } {
  let silentMs: number | undefined;
  let backMs: number | undefined;
  const next = async (): Promise<number> => {
    [silentMs, backMs] = [undefined, undefined];
    const msOfOutage = (): number => (backMs ?? NaN) - (silentMs ?? NaN);
    await eventually('a probe that is answered after one that is not', () => msOfOutage() > 0);
    return Math.round(msOfOutage());
  };
  auth.on('temporalProbed', ({ result, durationMs }) => {
    const nowMs = performance.now();
    if (result !== 'good') silentMs ??= nowMs - durationMs;
    else if (silentMs !== undefined) backMs ??= nowMs;
  });
  return { next };
}

it.concurrent('probes are answered again within 10 s', async () => {
  await using world = await openGateways(temporal.address);
  await using way = await plainWay(world);
  const { network, place } = way;
  const plain = await NativeConnection.connect(place);
  const { workflowBundle } = temporal;
  const options = { taskQueue: 'half-open-probes', workflowBundle, activities, plugins: [world.auth] };
  const worker = await Worker.create(options);
  await worker.runUntil(async () => {
    await eventually('a good probe', () => world.auth.health().temporal.state === 'good');
    const probes = watchProbes(world);
    world.network.forget();
    network.forget();
    // Core gives it up with the connection.
    const call = plain.workflowService.recordWorkerHeartbeat(heartbeat).catch(() => undefined);
    const [ours, ofPlain] = await Promise.all([probes.next(), msOf(call)]);
    expect(ours).toBeLessThan(10_000);
    expect(ofPlain).toBeGreaterThan(25_000);
  });
  await plain.close();
});

it.concurrent('the result of an activity arrives within 10 s', async () => {
  await using world = await openGateways(temporal.address);
  await using way = await plainWay(world);
  const { network, place } = way;
  const plain = await NativeConnection.connect(place);
  const { workflowBundle, client } = temporal;
  const end = Promise.withResolvers<unknown>();
  const runs: string[] = [];
  const run = async (id: string): Promise<string> => {
    runs.push(id);
    await end.promise;
    return id;
  };
  const common = { workflowBundle, activities: { run } };
  const workers = [
    await Worker.create({ ...common, taskQueue: 'half-open-ours', plugins: [world.auth] }),
    await Worker.create({ ...common, taskQueue: 'half-open-plain', connection: plain }),
  ];
  const running = workers.map((worker) => worker.run());
  const handles = await Promise.all(
    workers.map(({ options: { taskQueue } }) =>
      client.workflow.start('longActivity', { taskQueue, workflowId: taskQueue, args: [taskQueue] }),
    ),
  );
  await eventually('two activities', () => runs.length === 2);
  await sleep(1_000);
  world.network.forget();
  network.forget();
  end.resolve(undefined);
  const arrived = async (workflowId: string): Promise<number> => {
    const startMs = performance.now();
    await eventually(
      'the result',
      async () => {
        const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
        return events?.some(({ activityTaskCompletedEventAttributes: one }) => one != null) === true;
      },
      60_000,
    ).catch(() => undefined);
    return Math.round(performance.now() - startMs);
  };
  const [ours = 0, ofPlain] = await Promise.all(handles.map(({ workflowId }) => arrived(workflowId)));
  for (const worker of workers) worker.shutdown();
  await Promise.all(running);
  await plain.close();
  expect(ours).toBeLessThan(10_000);
  expect(ofPlain).toBeGreaterThan(55_000);
  expect(new Set(runs).size).toBe(runs.length);
});

it.concurrent('a call of a client is answered within 10 s', async () => {
  await using world = await openGateways(temporal.address);
  await using way = await plainWay(world);
  const { network, place } = way;
  const plain = new Client({ connection: await Connection.connect(place) });
  const ours = new Client({ connection: await Connection.connect({ plugins: [world.auth] }) });
  const describe = (client: Client) => client.workflowService.describeNamespace({ namespace: 'default' });
  await Promise.all([describe(plain), describe(ours)]);
  world.network.forget();
  network.forget();
  const [ofOurs, ofPlain] = await Promise.all([msOf(describe(ours)), msOf(describe(plain))]);
  await Promise.all([plain, ours].map(({ connection }) => connection.close()));
  expect(ofOurs).toBeLessThan(10_000);
  expect(ofPlain).toBeGreaterThan(25_000);
});

it.concurrent('connections do not pile up over 20 outages', async () => {
  await using world = await openGateways(temporal.address);
  const { workflowBundle, client } = temporal;
  const taskQueue = 'outages';
  let replaced = 0;
  world.auth.on('connectionReplaced', () => replaced++);
  const worker = await Worker.create({ taskQueue, workflowBundle, activities, plugins: [world.auth] });
  const ofUser = new Client({ connection: Connection.lazy({ plugins: [world.auth] }) });
  const counts: number[] = [];
  let started = 0;
  // Tasks that are given to a poll whose connection is gone are lost, as with a plain worker: nobody waits for them.
  const timer = setInterval(() => {
    const options = { taskQueue, workflowId: `outages-${started++}`, args: ['done'] };
    void client.workflow.start('longActivity', { ...options, workflowExecutionTimeout: '30 seconds' });
  }, 500);
  await worker.runUntil(async () => {
    for (let outage = 0; outage < 20; outage++) {
      await sleep(15_000);
      counts.push(world.network.openConnections);
      world.network.forget();
      void ofUser.workflowService.describeNamespace({ namespace: 'default' }).catch(() => undefined);
    }
    clearInterval(timer);
    await sleep(50_000);
  });
  // One each of the worker and the client, those that were forgotten less than 45 s ago, and one that is compared.
  expect(Math.max(...counts)).toBeLessThan(8);
  expect(world.network.openConnections).toBeLessThanOrEqual(2);
  expect(replaced).toBeGreaterThan(2);
  await ofUser.connection.close();
});

it.concurrent('a Temporal that is merely slow has no connection replaced', async () => {
  await using world = await openGateways(temporal.address);
  const { workflowBundle, client } = temporal;
  const replaced: string[] = [];
  world.auth.on('connectionReplaced', ({ reason }) => replaced.push(reason));
  const taskQueue = 'slow';
  const options = { taskQueue, workflowBundle, plugins: [world.auth] };
  const ofUser = new Client({ connection: Connection.lazy({ plugins: [world.auth] }) });
  const load = loaded(client, options, { forMs: 90_000, everyMs: 5_000 });
  await sleep(5_000);
  for (const gateway of world.gateways)
    gateway.failWith(({ method }) => (method.startsWith('Poll') ? undefined : { delayMs: 12_000 }));
  const call = () => ofUser.workflowService.describeNamespace({ namespace: 'default' });
  for (let times = 0; times < 6; times++) await call();
  const { started, completed, twice } = await load;
  expect([replaced, completed, twice]).toEqual([[], started, 0]);
  await ofUser.connection.close();
});
