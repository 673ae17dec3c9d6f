/**
 * Measures this package, as built, beside its peers and writes the tables into its page of measurements. Run it with `nx bench token-manager`.
 */
import { markdownTable, measurementsPage, writeSection } from '@worker-auth/workspace/readme-section';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { timeGets } from './cached-get.ts';
import { contenders, type Endpoint } from './contenders.ts';
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

const gets = await timeGets(contenders, endpoint);
const requestCounts = new Map<string, number>();
for (const { name, create } of contenders) {
  requests = 0;
  const get = create(endpoint);
  await Promise.all(Array.from({ length: 1_000 }, () => get()));
  requestCounts.set(name, requests);
}
server.close();
server.closeAllConnections();

const imports = await importTimes(contenders.map(({ name }) => name));
const rows = contenders.map(({ name, note }) => {
  const { kilobytes, packages } = footprint(name);
  return [
    note === undefined ? `\`${name}\`` : `\`${name}\` (${note})`,
    nanoseconds(gets.get(name)),
    name === contenders[0]?.name ? nanoseconds(gets.get('peek')) : 'none',
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

console.log(report);

function nanoseconds(value: number | undefined): string {
  return value === undefined ? 'none' : value.toFixed(0);
}
