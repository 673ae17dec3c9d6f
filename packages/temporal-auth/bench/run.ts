/**
 * Measures what the call interceptor costs, as built, and writes the table into its page of measurements. Run it with `nx bench temporal-auth`.
 */
// eslint-disable-next-line @nx/enforce-module-boundaries -- measured is the package as it is built and published
import { AtlanAuthClient, authInterceptor } from '@worker-auth/temporal-auth';
import { MockOAuthServer } from '@worker-auth/testing-fakes';
import { markdownTable, measurementsPage, writeSection } from '@worker-auth/workspace/readme-section';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { authOptions } from '@worker-auth/calls/tests/auth-options';
import { Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { quantile } from '@worker-auth/workspace/quantile';

/** Of each connection; the first ones warm up and do not count. */
const rounds = 400;
const warmUpRounds = 20;

/** How calls are made. */
interface Load {
  /** So many at once. */
  readonly atOnce: number;
  /** Calls of one block, whose time is taken together. */
  readonly calls: number;
}

const loads: readonly Load[] = [
  { atOnce: 1, calls: 64 },
  { atOnce: 32, calls: 128 },
];

const echo = fork(new URL('echo-server.ts', import.meta.url));
const [port] = (await once(echo, 'message')) as [number];
await using oauth = await MockOAuthServer.start();
await using auth = new AtlanAuthClient(authOptions(oauth));
await auth.start();
const apiKey = (await auth.getAccessToken()) ?? '';

const base = 'a static `apiKey`';
const connections = new Map([
  [base, connect(port, { apiKey })],
  ['the same on another connection, for the error of all this', connect(port, { apiKey })],
  ['`authInterceptor`', connect(port, { interceptors: [authInterceptor(auth)] })],
]);
const rows: string[][] = [];
for (const load of loads) {
  const costs = await callCosts(connections, load);
  const baseUs = costs.get(base) ?? Number.NaN;
  for (const [name, costUs] of costs) {
    const moreUs = costUs - baseUs;
    const more = name === base ? ['', ''] : [moreUs.toFixed(1), `${((100 * moreUs) / baseUs).toFixed(1)} %`];
    rows.push([String(load.atOnce), name, costUs.toFixed(1), ...more]);
  }
}
for (const connection of connections.values()) await connection.close();
echo.disconnect();

const report = [
  `Node ${process.versions.node}, ${cpus()[0]?.model ?? 'unknown processor'}, ${new Date().toISOString().slice(0, 10)}; ` +
    `CPU time of the client, lower quartile of ${rounds} blocks side by side in one run; the server is an echo on loopback.`,
  '',
  ...markdownTable(['calls at once', 'authorization by', 'a call, us', 'more, us', 'in relation'], rows),
].join('\n');
await writeSection(measurementsPage('temporal-auth'), 'bench', report);
console.log(report);

/**
 * Microseconds of this process's CPU time that a call takes, by the connection's name: the lower quartile of the blocks, since what
 * else runs on the machine only ever adds to them. The connections take turns, in an order that changes each round.
 */
async function callCosts(
  connections: ReadonlyMap<string, Connection>,
  load: Load,
): Promise<ReadonlyMap<string, number>> {
  const samples = new Map([...connections.keys()].map((name) => [name, [] as number[]]));
  for (let round = -warmUpRounds; round < rounds; round++) {
    const order = round % 2 === 0 ? [...connections] : [...connections].reverse();
    for (const [name, connection] of order) {
      const costUs = await block(connection, load);
      if (round >= 0) samples.get(name)?.push(costUs);
    }
  }
  return new Map([...samples].map(([name, values]) => [name, quantile(values, 0.25)]));
}

async function block(connection: Connection, { atOnce, calls }: Load): Promise<number> {
  const before = process.cpuUsage();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let call = 0; call < calls / atOnce; call++) {
        await connection.workflowService.describeNamespace({ namespace: 'default' });
      }
    }),
  );
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

/** A connection to the echo server, with Temporal's retries before other interceptors. */
function connect(
  port: number,
  {
    apiKey,
    interceptors = [],
  }: Pick<NonNullable<Parameters<typeof Connection.lazy>[0]>, 'apiKey' | 'interceptors'>,
): Connection {
  return Connection.lazy({
    address: `127.0.0.1:${port}`,
    tls: false,
    interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions()), ...interceptors],
    ...(apiKey !== undefined && { apiKey }),
  });
}
