import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MockOAuthServer, TestCertificateFolder } from '@worker-auth/testing-fakes';
import { runReadmeExample } from '@worker-auth/workspace/readme-example';
import { expect, it } from 'vitest';
import { defaultBackoffPolicy } from '../src/backoff-policy.ts';
import { defaultRefreshPolicy, refreshDelay } from '../src/refresh-policy.ts';

const packageFolder = join(import.meta.dirname, '..');
const reference = await readFile(join(packageFolder, 'docs/reference.md'), 'utf8');

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** The cells of the table whose first heading is `heading`, without its head. */
function table(heading: string): string[][] {
  const lines =
    reference
      .slice(reference.indexOf(`\n| ${heading}`) + 1)
      .split(/\n(?!\|)/, 1)[0]
      ?.split('\n') ?? [];
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

it('has the delays that the code gives', () => {
  const lifetimes: [string, number][] = [
    ['10 s', 10 * second],
    ['60 s', minute],
    ['300 s', 300 * second],
    ['375 s', 375 * second],
    ['1 h', hour],
    ['24 h', day],
  ];
  const inSeconds = (ms: number): string => `${ms / second} s`;
  const rows = lifetimes.map(([name, lifetimeMs]) => [
    name,
    inSeconds(refreshDelay(lifetimeMs, {}, () => 0)),
    inSeconds(refreshDelay(lifetimeMs, {}, () => 1)),
  ]);
  expect(table('lifetime')).toEqual(rows);
});

const units: Record<string, number> = { ms: 1, s: second, min: minute };

function parse(text: string): number {
  const [value = '', unit] = text.split(' ');
  const [above = '', below = '1'] = value.split('/');
  return (Number(above) / Number(below)) * (unit === undefined ? 1 : (units[unit] ?? NaN));
}

it.each([
  ['option of `policy`', defaultRefreshPolicy],
  ['option of `backoff`', defaultBackoffPolicy],
])('has the settings of %s with their defaults', (heading, defaults) => {
  const rows = table(heading).map(([name = '', value = '']) => [name.replaceAll('`', ''), parse(value)]);
  expect(Object.fromEntries(rows)).toEqual(defaults);
});

it('begins with an example that runs', async () => {
  await using server = await MockOAuthServer.start();
  const { tokenUrl, clientId, clientSecret } = server;
  const result = await runReadmeExample(packageFolder, {
    env: { TOKEN_URL: tokenUrl, CLIENT_ID: clientId, CLIENT_SECRET: clientSecret },
  });
  expect(result).toEqual({ exitCode: 0, stdout: 'a lease of 3600000 ms, scheduled\n', stderr: '' });
});

it('has an example of a certificate that runs', async () => {
  await using folder = await TestCertificateFolder.create();
  const notAfter = new Date(Math.floor(Date.now() / 1_000) * 1_000 + 600_000);
  await folder.issue({ notAfter });
  const result = await runReadmeExample(packageFolder, {
    index: 'certificateLease(',
    env: { TLS_CERT_FILE: folder.files.certFile, TLS_KEY_FILE: folder.files.keyFile },
  });
  const stdout = `good until ${notAfter.toISOString()}\n`;
  expect(result).toEqual({ exitCode: 0, stdout, stderr: '' });
});
