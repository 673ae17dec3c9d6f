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
import { authOptions } from '../tests/support/auth-options.ts';
import { callCosts, connect, type Load, rounds } from './call-cost.ts';

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
