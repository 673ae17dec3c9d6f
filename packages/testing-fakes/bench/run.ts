/**
 * Measures what the gateway costs, beside a direct connection to the same upstream, a relay that looks at nothing, and a real Envoy
 * where there is one, and writes the table into its page. Run it with `nx bench testing-fakes`.
 */
import { lacking, startEnvoy } from '@worker-auth/servers';
import type { TemporalAuthGatewayOptions } from '../src/gateway/temporal-auth-gateway.ts';
import { MockOAuthServer } from '../src/oauth/mock-oauth-server.ts';
import { markdownTable, measurementsPage, writeSection } from '@worker-auth/workspace/readme-section';
import { cpus } from 'node:os';
import { Route } from './route.ts';
import { ServerThreads } from './server-threads.ts';

/** Short ones, of which the best counts: what else runs on a shared machine can only make a round slower. */
const rounds = 60;
const sequentialCalls = 50;
const concurrentCalls = 400;
const concurrency = 32;

await using resources = new AsyncDisposableStack();
const oauth = resources.use(await MockOAuthServer.start());
const threads = resources.use(new ServerThreads());
const upstream = await threads.start({ kind: 'upstream' });
const token = oauth.mintToken();
const routes: Route[] = [];

const gateway = (more: Partial<TemporalAuthGatewayOptions> = {}): Promise<string> =>
  threads.start({ kind: 'gateway', options: { upstream, jwks: oauth.jwksUrl, ...more } });
addRoute('direct', upstream);
addRoute('a relay of bytes', await threads.start({ kind: 'relay', upstream }));
addRoute('the gateway', await gateway());
addRoute("the gateway, `speaks: 'envoy'`", await gateway({ speaks: 'envoy' }));
if ((await lacking('envoy')) === undefined) {
  const envoy = resources.use(await startEnvoy({ upstream, jwksUrl: oauth.jwksUrl, jwksCacheSeconds: 600 }));
  addRoute('Envoy 1.40 with `jwt_authn`', envoy.address);
}

const results = routes.map((route) => ({ route, micros: Infinity, perSecond: 0 }));
for (let round = 0; round < rounds; round++) {
  // One after the other in each round, so that drift hits all alike.
  for (const result of results) {
    result.micros = Math.min(result.micros, await result.route.latency(sequentialCalls));
    result.perSecond = Math.max(
      result.perSecond,
      await result.route.throughput(concurrentCalls, concurrency),
    );
  }
}

const [direct = { micros: Number.NaN, perSecond: Number.NaN }] = results;
const report = [
  `Node ${process.versions.node}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, the best of ${rounds} rounds, ${new Date().toISOString().slice(0, 10)}.`,
  '',
  ...markdownTable(
    [
      'way to the frontend',
      'a call, µs',
      'to direct',
      'added, µs',
      `calls a second, ${concurrency} at once`,
      'to direct',
    ],
    results.map(({ route, micros, perSecond }) => [
      route.name,
      micros.toFixed(0),
      ratio(micros, direct.micros),
      (micros - direct.micros).toFixed(0),
      Math.round(perSecond).toLocaleString('en'),
      ratio(perSecond, direct.perSecond),
    ]),
  ),
].join('\n');
await writeSection(measurementsPage('testing-fakes'), 'bench', report);
console.log(report);

function addRoute(name: string, address: string): void {
  routes.push(resources.use(new Route(name, address, token)));
}

function ratio(value: number, base: number): string {
  return `${(value / base).toFixed(2)} x`;
}
