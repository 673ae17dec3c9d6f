import { MockOAuthServer } from '@worker-auth/testing-fakes';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runCli } from '../support/cli-run.ts';
import { tokenEnv } from '../support/example-env.ts';

const env = { ATLAN_APPLICATION_NAME: 'postgres-extraction', ATLAN_WORKFLOW_AUTH_ENABLED: 'true' };

it.each([
  [[], '--out must name the file'],
  [['--group', 'staff'], '--group must be the numeric id of a group, not "staff"'],
  [['--listen', '7070'], '--listen must be host:port or unix:/path, not "7070"'],
  [['--listen', '127.0.0.1:7070'], '--listen with host:port needs --bearer-file'],
  [['--listen', '0.0.0.0:7070', '--bearer-file', 'b'], '--listen 0.0.0.0:7070 can be reached by others'],
])('refuses the options %j', async (args, said) => {
  const out = args.length === 0 ? [] : ['--out', '/nowhere/token'];
  const { code, stderr } = await runCli(['agent', ...out, ...args], env);
  expect(code).toBe(2);
  expect(stderr).toContain(said);
});

it('refuses a device that never ends as --bearer-file', async () => {
  await using oauth = await MockOAuthServer.start();
  const folder = await mkdtemp(join(tmpdir(), 'agent-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const listen = ['--listen', '127.0.0.1:0', '--bearer-file', '/dev/zero'];
  const { code, stderr } = await runCli(['agent', '--out', join(folder, 'token'), ...listen], {
    ...env,
    ...tokenEnv(oauth),
  });
  expect(code).toBe(2);
  expect(stderr).toContain('/dev/zero (--bearer-file) cannot be read (ENOTFILE)');
});

it('says that authentication is off', async () => {
  const { code, stderr } = await runCli(['agent', '--out', '/nowhere/token'], {
    ATLAN_APPLICATION_NAME: 'postgres-extraction',
  });
  expect(code).toBe(1);
  expect(stderr).toContain('ATLAN_WORKFLOW_AUTH_ENABLED=true');
});
