/**
 * Measures this package, as built, beside its peers and writes the tables into the README. Run it with `nx bench token-manager`.
 */
import { startLoopbackServer } from '@worker-auth/testing-fakes';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { timeAsyncGet, timePeek } from './cached-get.ts';
import { contenders, type Endpoint } from './contenders.ts';
import { footprint, importMs } from './footprint.ts';

const readme = new URL('../README.md', import.meta.url);
const start = '<!-- bench:start -->';
const end = '<!-- bench:end -->';

let requests = 0;
const server = await startLoopbackServer((request, response) => {
  requests++;
  request.resume();
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ access_token: 'token', token_type: 'Bearer', expires_in: 3_600 }));
});
const endpoint: Endpoint = { tokenUrl: `${server.url}/token`, clientId: 'worker', clientSecret: 's3cret' };

const asyncGet = await timeAsyncGet(contenders, endpoint);
const peek = await timePeek(endpoint);
const rows: string[][] = [];
for (const contender of contenders) {
  requests = 0;
  const get = contender.create(endpoint);
  await Promise.all(Array.from({ length: 1_000 }, () => get()));
  const { kilobytes, packages } = footprint(contender.name);
  const note = contender.note === undefined ? '' : ` (${contender.note})`;
  rows.push([
    `\`${contender.name}\`${note}`,
    nanoseconds(asyncGet.get(contender.name)),
    contender === contenders[0] ? nanoseconds(peek.get('peek')) : 'none',
    String(requests),
    importMs(contender.name).toFixed(1),
    `${kilobytes} (${packages})`,
  ]);
}
await server.close();

const report = [
  `Node ${process.versions.node}, ${cpus()[0]?.model ?? 'unknown processor'}, medians, ${new Date().toISOString().slice(0, 10)}.`,
  '',
  ...table(
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
  '',
  ...table(
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
  ...table(
    ['loaded for the first request, not at import', 'import alone, ms', 'installed KB'],
    [
      [
        '`ky`, and with it the `fetch` of the host',
        importMs('ky').toFixed(1),
        String(footprint('ky').kilobytes),
      ],
      ['`zod/mini`', importMs('zod/mini').toFixed(1), String(footprint('zod').kilobytes)],
      ['`zod`, for comparison', importMs('zod').toFixed(1), 'the same'],
    ],
  ),
].join('\n');

const text = readFileSync(readme, 'utf8');
const [before, rest] = text.split(start);
const after = rest?.split(end)[1];
if (before === undefined || after === undefined) throw new Error(`README.md has no ${start} … ${end}`);
writeFileSync(readme, `${before}${start}\n\n${report}\n\n${end}${after}`);
console.log(report);

function table(head: readonly string[], body: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`);
}

function nanoseconds(value: number | undefined): string {
  return value === undefined ? 'none' : value.toFixed(0);
}

function ratio(value: number | undefined, base: number | undefined): string {
  return value === undefined || base === undefined ? 'none' : `${(value / base).toFixed(2)} x`;
}
