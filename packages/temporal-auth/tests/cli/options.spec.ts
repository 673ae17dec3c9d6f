import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeTemporalFrontend, TestCertificateFolder } from '@worker-auth/testing-fakes';
import { expect, it, onTestFinished } from 'vitest';
import { timeoutMsOf, UsageError } from '@worker-auth/calls/command-line';
import type { Diagnosis } from '../../src/doctor/diagnosis.ts';
import { runCli } from '../support/cli-run.ts';

it.each(['0', '3601', '1e3', ' 5', '5s', '-1', '1.5'])('a timeout is not "%s"', (timeout) => {
  expect(() => timeoutMsOf({ timeout })).toThrow(
    new UsageError(`--timeout must be a whole number from 1 to 3600, not "${timeout}"`),
  );
});

const off = { ATLAN_APPLICATION_NAME: 'a', ATLAN_WORKFLOW_AUTH_ENABLED: 'false', ATLAN_WORKFLOW_PORT: '1' };

async function said(args: readonly string[], name: string, env: object = {}): Promise<string | undefined> {
  const { stdout } = await runCli(['doctor', '--json', '--timeout', '1', ...args], { ...off, ...env });
  const { categories } = JSON.parse(stdout) as Diagnosis;
  return categories.flatMap(({ checks }) => checks).find((check) => check.name === name)?.description;
}

it('the doctor is told of TLS, of workers and of an application', async () => {
  await using folder = await TestCertificateFolder.create();
  await folder.issue();
  await using temporal = await FakeTemporalFrontend.start({ tls: true, acceptToken: () => true });
  const at = { ATLAN_WORKFLOW_PORT: String(temporal.port) };
  const found = async (...args: readonly string[]) => await said(args, 'temporal-connection', at);
  expect(await found()).toMatch(/; TLS is off \(default\)$/);
  const isOn = /; TLSv1\.3, its certificate ends on/;
  expect(await found('--tls', '--tls-ca', folder.files.caFile)).toMatch(isOn);
  expect(await found('--tls-ca', folder.files.caFile)).toMatch(isOn);
  expect(await said(['--workers', '123456'], 'temporal-polls')).toContain('123456 workers with');
  expect(await said(['--application', 'b'], 'application')).toBe(
    'the application is "b" (option applicationName)',
  );
  expect(await said(['--token-file', '/a'], 'credentials-setting')).toContain(': authentication is off');
});

it.each([
  ['--workers', '', '--workers must not be empty'],
  ['--workers', '1234567890', '--workers must be a whole number from 1 to 1000000, not "1234567890"'],
  ['--workers', '1a', '--workers must be a whole number from 1 to 1000000, not "1a"'],
  ['--workers', 'a1', '--workers must be a whole number from 1 to 1000000, not "a1"'],
  ...['token-file', 'permissions-claim-name', 'permissions-regex', 'audience'].map((name) => [
    `--${name}`,
    '',
    `--${name} must not be empty`,
  ]),
])('the doctor rejects %s "%s"', async (option = '', value = '', message) => {
  expect(await runCli(['doctor', option, value], off)).toEqual({
    ...{ code: 2, stdout: '', stderr: `error: ${message}\n` },
  });
});

it('the doctor rejects a file of more than 1 MiB as --tls-ca', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'worker-auth-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'ca.pem');
  await writeFile(file, 'x'.repeat(1_048_577));
  expect(await runCli(['doctor', '--tls-ca', file], off)).toMatchObject({
    ...{ code: 2, stderr: `error: --tls-ca: ${file} cannot be read (EFBIG)\n` },
  });
});

it.each([
  [['--agent', 'a', '--token-file', 'b'], '--agent and --token-file exclude each other'],
  [['--bearer-file', 'a'], '--bearer-file needs --agent'],
  [['--agent', ''], '--agent must not be empty'],
  [['--bearer-file', ''], '--bearer-file must not be empty'],
])('the doctor rejects %j', async (args, message) => {
  expect(await runCli(['doctor', ...args], off)).toEqual({
    ...{ code: 2, stdout: '', stderr: `error: ${message}\n` },
  });
});

it('the doctor is told of an agent', async () => {
  const args = ['--agent', 'http://127.0.0.1:1', '--bearer-file', '/nowhere/bearer'];
  const { stdout } = await runCli(['doctor', '--json', '--timeout', '1', ...args], off);
  expect(stdout).toContain('No agent answers at http://127.0.0.1:1: connection refused (ECONNREFUSED)');
});
