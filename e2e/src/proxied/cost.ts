// What the agent's proxy costs, beside Envoy with the same header added and no proxy at all, alternately: [cpu|alone|workflows|polls] [rounds].
// Without a figure all are measured, each for a minute at most. Needs the built agent, and a quiet machine.
import { Client, Connection } from '@temporalio/client';
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkflowBundle,
} from '@temporalio/worker';
import { findProgram, freePort, startTemporalDevServer } from '@worker-auth/servers';
import { MockOAuthServer } from '@worker-auth/testing-fakes';
import { median } from '@worker-auth/workspace/quantile';
import { spawn } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AgentProcess } from '../agent/agent-process.ts';
import { idleCost, ticksOf, ticksPerSecond } from '../agent/process-cost.ts';
import { eventually } from '../fixtures/eventually.ts';
import { credentialsInEnvironment } from '../fixtures/temporal-with-gateway.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

const [figure, rounds = '12'] = process.argv.slice(2);
const [calls, atOnce, alone, workflows, polls, idleSeconds] = [4_000, 16, 300, 300, 1_000, 30];
const maxMs = 60_000;

/** A way to Temporal, and the process that it costs. */
interface Lane {
  readonly name: string;
  readonly address: string;
  readonly pid: number | undefined;
}

const started = new AsyncDisposableStack();
Runtime.install({ logger: new DefaultLogger('ERROR') });
const server = started.use(await startTemporalDevServer());
const direct = await Connection.connect({ address: server.address });
const client = new Client({ connection: direct });
const lanes: readonly Lane[] = [
  { name: 'direct', address: server.address, pid: undefined },
  ...(figure === 'polls' ? [] : [await openEnvoy(), await openProxy()]),
];

if (isAsked('cpu')) console.log('us of CPU a call, of 16 at once:', await inTurns(callCost));
if (isAsked('alone')) console.log('ms a call alone, at the median:', await inTurns(callTime));
if (isAsked('workflows')) {
  const workflowsPath = fileURLToPath(new URL('../cost/workflows.ts', import.meta.url));
  const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  const perSecond = await inTurns((lane, round) => throughput(lane, round, workflowBundle));
  console.log('workflows a second, of 16 at once:', perSecond);
}
if (isAsked('polls')) console.log(`${polls} polls open:`, await openPolls());
console.log('load:', loadavg()[0]?.toFixed(1));
await started.disposeAsync();
// What still polls is nobody's.
process.exit();

function isAsked(name: string): boolean {
  return figure === undefined || figure === name;
}

/** Medians by lane: all lanes in each round, in an order that changes. */
async function inTurns(
  measure: (lane: Lane, round: number) => Promise<number>,
): Promise<Readonly<Record<string, number>>> {
  const found = new Map(lanes.map(({ name }) => [name, [] as number[]]));
  const endMs = performance.now() + maxMs;
  for (let round = 0; round < Number(rounds) && performance.now() < endMs; round++)
    for (const lane of round % 2 === 0 ? lanes : lanes.toReversed())
      found.get(lane.name)?.push(await measure(lane, round));
  return Object.fromEntries(Array.from(found, ([name, values]) => [name, Number(median(values).toFixed(3))]));
}

async function openEnvoy(): Promise<Lane> {
  const { path } = await findProgram('envoy');
  const [port, upstream] = [await freePort(), Number(server.address.split(':')[1])];
  const at = (portValue: number) => ({ socket_address: { address: '127.0.0.1', port_value: portValue } });
  const router = { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' };
  const manager = {
    '@type':
      'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    ...{ stat_prefix: 'grpc', codec_type: 'HTTP2' },
    route_config: {
      request_headers_to_add: [{ header: { key: 'authorization', value: `Bearer ${'x'.repeat(800)}` } }],
      virtual_hosts: [
        {
          ...{ name: 'all', domains: ['*'] },
          routes: [{ match: { prefix: '/' }, route: { cluster: 'temporal', timeout: '90s' } }],
        },
      ],
    },
    http_filters: [{ name: 'envoy.filters.http.router', typed_config: router }],
  };
  const filters = [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }];
  const http2 = {
    '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
    explicit_http_config: { http2_protocol_options: {} },
  };
  const endpoints = [{ lb_endpoints: [{ endpoint: { address: at(upstream) } }] }];
  const cluster = {
    ...{ name: 'temporal', type: 'STATIC', connect_timeout: '5s' },
    typed_extension_protocol_options: { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': http2 },
    load_assignment: { cluster_name: 'temporal', endpoints },
  };
  const resources = {
    listeners: [{ name: 'grpc', address: at(port), filter_chains: [{ filters }] }],
    clusters: [cluster],
  };
  const config = JSON.stringify({ static_resources: resources });
  const single = ['--concurrency', '1', '--use-dynamic-base-id', '-l', 'error'];
  const envoy = spawn(path, ['--config-yaml', config, ...single]);
  started.defer(() => void envoy.kill('SIGKILL'));
  const address = `127.0.0.1:${port}`;
  await eventually('Envoy answers', () =>
    Connection.connect({ address, connectTimeout: 500 }).then(
      (connection) => connection.close().then(() => true),
      () => false,
    ),
  );
  return { name: 'Envoy', address, pid: envoy.pid };
}

async function openProxy(): Promise<Lane> {
  const { path: folder } = started.use(await temporaryFolder());
  const oauth = started.use(await MockOAuthServer.start());
  const env = {
    ...credentialsInEnvironment(oauth, 'postgres_extraction'),
    ...{ WORKER_AUTH_TOKEN_URL: oauth.tokenUrl, TEMPORAL_ADDRESS: server.address },
  };
  const args = ['--proxy', '127.0.0.1:0', '--any-local-user'];
  const agent = started.use(new AgentProcess({ env, out: join(folder, 'token'), args, isBuilt: true }));
  return { name: 'the proxy', address: await agent.proxyAddress(), pid: agent.child.pid };
}

async function callCost({ address, pid }: Lane): Promise<number> {
  const connection = await Connection.connect({ address });
  const before = pid === undefined ? 0 : await ticksOf(pid);
  let left = calls;
  const work = async (): Promise<void> => {
    while (left-- > 0) await connection.workflowService.getSystemInfo({});
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const ticks = pid === undefined ? 0 : (await ticksOf(pid)) - before;
  await connection.close();
  return (ticks / ticksPerSecond / calls) * 1e6;
}

async function callTime({ address }: Lane): Promise<number> {
  const connection = await Connection.connect({ address });
  const took: number[] = [];
  for (let count = 0; count < alone; count++) {
    const startMs = performance.now();
    await connection.workflowService.getSystemInfo({});
    took.push(performance.now() - startMs);
  }
  await connection.close();
  return median(took);
}

/** Workflows of one activity, 16 at once, of a plain worker there. */
async function throughput(
  { name, address }: Lane,
  round: number,
  workflowBundle: WorkflowBundle,
): Promise<number> {
  const taskQueue = `${name} ${round}`;
  const connection = await NativeConnection.connect({ address });
  const activities = { run: () => Promise.resolve('x') };
  const worker = await Worker.create({ connection, taskQueue, workflowBundle, activities });
  let next = 0;
  const execute = async (): Promise<void> => {
    while (next < workflows)
      await client.workflow.execute('activities', {
        taskQueue,
        workflowId: `${taskQueue} ${next++}`,
        args: [1],
      });
  };
  let perSecond = 0;
  await worker.runUntil(async () => {
    const startMs = performance.now();
    await Promise.all(Array.from({ length: atOnce }, execute));
    perSecond = workflows / ((performance.now() - startMs) / 1_000);
  });
  await connection.close();
  return perSecond;
}

async function openPolls() {
  // One that has done nothing before.
  const { address, pid = 0 } = await openProxy();
  const connection = await Connection.connect({ address });
  const { workflowService: service } = connection;
  const poll = async (index: number): Promise<void> => {
    for (;;)
      await connection
        .withDeadline(Date.now() + 70_000, () =>
          service.pollActivityTaskQueue({ namespace: 'default', taskQueue: { name: `idle ${index % 50}` } }),
        )
        .catch(() => undefined);
  };
  for (let index = 0; index < polls; index++) void poll(index);
  await idleCost(pid, 5);
  return idleCost(pid, idleSeconds);
}
