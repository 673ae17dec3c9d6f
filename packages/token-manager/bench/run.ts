/**
 * Measures this package, as built, beside its peers and writes the tables into its page of measurements. Run it with `nx bench token-manager`.
 */
import { markdownTable, measurementsPage, writeSection } from '@worker-auth/workspace/readme-section';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { timeAsyncGet, timePeek } from './cached-get.ts';
import { contenders, type Endpoint } from './contenders.ts';
import { type Cost, type Costs, idleCost, requestCosts, startServer, waiterCosts } from './costs.ts';
import { firstTokens } from './first-token.ts';
import { footprint, importTimes } from './footprint.ts';

let requests = 0;
const server = createServer((request, response) => {
  requests++;
  request.resume();
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ access_token: 'token', token_type: 'Bearer', expires_in: 3_600 }));
});
// Room for a thousand connections at once: what has no cache opens as many.
server.listen({ port: 0, host: '127.0.0.1', backlog: 2_048 });
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
const endpoint: Endpoint = {
  tokenUrl: `http://127.0.0.1:${port}/token`,
  clientId: 'worker',
  clientSecret: 's3cret',
};

const asyncGet = await timeAsyncGet(contenders, endpoint);
const peek = await timePeek(endpoint);
const requestCounts = new Map<string, number>();
for (const { name, create } of contenders) {
  requests = 0;
  const get = create(endpoint);
  await Promise.all(Array.from({ length: 1_000 }, () => get()));
  requestCounts.set(name, requests);
}
const firstToken = await firstTokens(endpoint);
server.close();
server.closeAllConnections();

await using costServer = await startServer();
const waiting = await waiterCosts(costServer);
const requesting = await requestCosts(costServer);
const idle = await idleCost(costServer);

const imports = await importTimes(contenders.map(({ name }) => name));
const rows = contenders.map(({ name, note }) => {
  const { kilobytes, packages } = footprint(name);
  return [
    note === undefined ? `\`${name}\`` : `\`${name}\` (${note})`,
    nanoseconds(asyncGet.get(name)),
    name === contenders[0]?.name ? nanoseconds(peek.get('peek')) : 'none',
    String(requestCounts.get(name)),
    (imports.get(name) ?? Number.NaN).toFixed(1),
    `${kilobytes} (${packages})`,
  ];
});

const report = [
  `Node ${process.versions.node}, ${cpus()[0]?.model ?? 'unknown processor'}, medians, ${new Date().toISOString().slice(0, 10)}, load ${loadavg()[0]?.toFixed(1) ?? 'unknown'} on ${availableParallelism()} cores.`,
  '',
  ...markdownTable(
    [
      'package',
      'cached async get, ns',
      'cached sync read, ns',
      'requests for 1,000 concurrent callers',
      'import, ms',
      'installed KB (packages)',
    ],
    rows,
  ),
].join('\n');
await writeSection(measurementsPage('token-manager'), 'bench', report);

const others = [
  ...markdownTable(
    ['floor', 'ns'],
    [
      ['an async function that reads a field and one clock', nanoseconds(asyncGet.get('floor'))],
      ['a field and one clock, synchronously', nanoseconds(peek.get('one clock'))],
      ['a field and both clocks, synchronously', nanoseconds(peek.get('two clocks'))],
      ['`peek()` in relation to one clock', ratio(peek.get('peek'), peek.get('one clock'))],
      ['`peek()` in relation to both clocks', ratio(peek.get('peek'), peek.get('two clocks'))],
    ],
  ),
  '',
  ...markdownTable(
    ['from the import to the first token, in a new process', 'ms', 'in relation to `openid-client`'],
    [...firstToken].map(([name, value]) => [
      `\`${name}\``,
      value.toFixed(1),
      ratio(value, firstToken.get('openid-client')),
    ]),
  ),
  '',
  ...markdownTable(
    ['each of 10,000 callers that wait for one request', 'CPU, us', 'KB', 'in relation to the best peer'],
    costRows(waiting, bestPeer(waiting), (cost) => [(cost.kilobytes ?? Number.NaN).toFixed(2)]),
  ),
  '',
  ...markdownTable(
    ['a request for a token, after the other', 'CPU, us', 'in relation to `openid-client`'],
    costRows(requesting, requesting.get('openid-client'), () => []),
  ),
  '',
  `1,000 started managers in whose tokens nothing is due: ${Math.max(0, idle.idle - idle.none).toFixed(0)} ms of CPU a minute.`,
].join('\n');

console.log(`${report}\n\n${others}`);

function costRows(
  costs: Costs,
  base: Cost | undefined,
  more: (cost: Cost) => readonly string[],
): readonly (readonly string[])[] {
  return [...costs].map(([name, cost]) => [
    name.startsWith('a ') ? name : `\`${name}\``,
    cost.microseconds.toPrecision(3),
    ...more(cost),
    ratio(cost.microseconds, base?.microseconds),
  ]);
}

function bestPeer(costs: Costs): Cost | undefined {
  const peers = [...costs].slice(1).map(([, cost]) => cost);
  return peers.sort((left, right) => left.microseconds - right.microseconds)[0];
}

function nanoseconds(value: number | undefined): string {
  return value === undefined ? 'none' : value.toFixed(0);
}

function ratio(value: number | undefined, base: number | undefined): string {
  return value === undefined || base === undefined ? 'none' : `${(value / base).toFixed(2)} x`;
}
