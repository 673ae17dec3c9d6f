import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockOAuthServer } from '@worker-auth/testing-fakes';
import { createRequire } from 'node:module';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { CliOutcome } from '@worker-auth/calls/tests/run-here';
import { type AgentHere, beginAgent, runAgent } from './support/run-agent.ts';
import { tokenEnv } from '@worker-auth/calls/tests/example-env';

const env = { ATLAN_APPLICATION_NAME: 'postgres-extraction', ATLAN_WORKFLOW_AUTH_ENABLED: 'true' };

it.each([
  [[], '--out must name the file that gets the token, or --proxy where workers connect'],
  [['--out', ''], '--out must name the file that gets the token, or --proxy where workers connect'],
  [['--tls'], '--tls needs --proxy'],
  [['--proxy', '7233'], '--proxy must be host:port or unix:/path, not "7233"'],
  [
    ['--proxy', '0.0.0.0:7233'],
    '--proxy 0.0.0.0:7233 can be reached by others, and the proxy gives its token to all: take 127.0.0.1, or add --proxy-cert, --proxy-key and --worker-bearer-file',
  ],
  [
    ['--proxy', '[::]:7233', '--proxy-cert', 'c', '--proxy-key', 'k'],
    '--proxy [::]:7233 can be reached by others, and the proxy gives its token to all: take 127.0.0.1, or add --proxy-cert, --proxy-key and --worker-bearer-file',
  ],
  [
    ['--proxy', '127.0.0.1:0'],
    '--proxy with host:port needs --worker-bearer-file, which workers present: every user of this machine reaches it. --any-local-user lets them all in',
  ],
  [
    ['--proxy', '127.0.0.1:0', '--any-local-user', '--worker-bearer-file', 'b'],
    '--any-local-user and --worker-bearer-file contradict each other',
  ],
  [['--any-local-user'], '--any-local-user needs --proxy'],
  [['--proxy', '127.0.0.1:0', '--proxy-key', 'k'], '--proxy-cert and --proxy-key belong together'],
  [['--worker-bearer-file', 'b'], '--worker-bearer-file needs --proxy'],
  [
    ['--proxy', '127.0.0.1:0', '--any-local-user', '--tls-cert', 'c'],
    '--tls-cert and --tls-key belong together',
  ],
  [
    ['--proxy', '127.0.0.1:0', '--any-local-user', '--max-pending', '0'],
    '--max-pending must be a whole number from 1 to 1000000, not "0"',
  ],
  [
    ['--proxy', '127.0.0.1:0', '--any-local-user', '--grace', '1.5'],
    '--grace must be a whole number from 1 to 86400, not "1.5"',
  ],
  [['--application', ''], '--application must not be empty'],
  [['--group', 'staff'], '--group must be a whole number from 0 to 4294967294, not "staff"'],
  [['--group', '12345678901'], '--group must be a whole number from 0 to 4294967294, not "12345678901"'],
  [['--group', '1a'], '--group must be a whole number from 0 to 4294967294, not "1a"'],
  [['--listen', '7070'], '--listen must be host:port or unix:/path, not "7070"'],
  [
    ['--listen', '127.0.0.1:7070'],
    '--listen with host:port needs --bearer-file: every user of this machine reaches it',
  ],
  [
    ['--listen', '0.0.0.0:7070', '--bearer-file', 'b'],
    '--listen 0.0.0.0:7070 can be reached by others: take 127.0.0.1, or add --allow-remote',
  ],
  [['--bearer-file', 'b'], '--bearer-file needs --listen'],
  [['--allow-remote'], '--allow-remote needs --listen'],
  [['--details', ''], '--details must not be empty'],
  [['--details', '/nowhere/token'], '--details must be another file than --out'],
])('rejects the options %j', async (args, said) => {
  const out = args.length === 0 || args.includes('--out') ? [] : ['--out', '/nowhere/token'];
  expect(await runAgent([...out, ...args], env)).toEqual({
    ...{ code: 2, stdout: '', stderr: `error: ${said}\n` },
  });
});

it('rejects a device that never ends as --bearer-file', async () => {
  await using oauth = await MockOAuthServer.start();
  const folder = await mkdtemp(join(tmpdir(), "agent #%41 é' "));
  onTestFinished(() => rm(folder, { recursive: true }));
  const listen = ['--listen', '127.0.0.1:0', '--bearer-file', '/dev/zero'];
  const { code, stderr } = await runAgent(['--out', join(folder, 'token'), ...listen], {
    ...env,
    ...tokenEnv(oauth),
  });
  expect(code).toBe(2);
  expect(stderr).toContain('/dev/zero (--bearer-file) cannot be read (ENOTFILE)');
});

it('says that authentication is off', async () => {
  const { code, stderr } = await runAgent(['--out', '/nowhere/token'], {
    ATLAN_APPLICATION_NAME: 'postgres-extraction',
  });
  expect(code).toBe(1);
  expect(stderr).toContain('Authentication is off');
  expect(stderr).toMatch(/\nTEMPORAL_AUTH_SWITCHED_OFF: see https:\S+#temporal_auth_switched_off, or run /);
});

describe('an agent', () => {
  let folder: string;
  let oauth: MockOAuthServer;
  let log: string;
  let misspelled: Readonly<Record<string, string>>;

  beforeEach(async () => {
    log = '';
    misspelled = {};
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      log += String(text);
      return true;
    });
    folder = await mkdtemp(join(tmpdir(), "agent #%41 é' "));
    oauth = await MockOAuthServer.start();
    return async () => {
      await oauth.stop();
      // The agent ends later, and may be writing.
      await rm(folder, { recursive: true, maxRetries: 10 });
    };
  });

  const signals = ['SIGTERM', 'SIGINT'] as const;
  const path = (name: string): string => join(folder, name);
  const text = (name: string): Promise<string | undefined> =>
    readFile(path(name), 'utf8').catch(() => undefined);

  const start = (...args: readonly string[]): AgentHere =>
    beginAgent(['--out', path('token'), ...args], { ...env, ...tokenEnv(oauth), ...misspelled });

  const tokenIsThere = async (): Promise<void> => {
    await expect.poll(() => oauth.issuedTokens).toHaveLength(1);
    await expect.poll(() => text('token')).toBe(oauth.issuedTokens[0]);
  };
  const listeners = (): number => process.listenerCount('SIGTERM') + process.listenerCount('SIGINT');

  it.each(signals)('keeps the token in its file until %s', async (signal) => {
    const before = listeners();
    const agent = start(
      '--details',
      path('details'),
      '--group',
      String(process.getgid?.() ?? 0).padStart(3, '0'),
    );
    await tokenIsThere();
    expect(JSON.parse((await text('details')) ?? '')).toHaveProperty('expiresAt');
    expect((await stat(path('token'))).mode & 0o777).toBe(0o640);
    expect(await agent.end(signal)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(listeners()).toBe(before);
  });

  it('warns once of each variable that nothing reads, with the nearest name, and without its value', async () => {
    misspelled = { WORKER_AUTH_SCOPES: 'the-value', TEMPORAL_ADRESS: 'the-value' };
    const agent = start();
    await tokenIsThere();
    expect((await agent.end()).code).toBe(0);
    const warnings = log.split('\n').filter((line) => line.includes('[WARN]'));
    expect(warnings.map((line) => line.replace(/^.*\[WARN\] /, ''))).toEqual([
      'Nothing reads the variable WORKER_AUTH_SCOPES: did you mean WORKER_AUTH_SCOPE?',
      'Nothing reads the variable TEMPORAL_ADRESS: did you mean TEMPORAL_ADDRESS?',
    ]);
    expect(log).not.toContain('the-value');
  });

  it('warns of it too where authentication is off without it', async () => {
    const misspelling = { WORKER_AUTH_CLIENTID: 'the-value' };
    const { code, stderr } = await runAgent(['--out', path('token')], misspelling);
    expect([code, stderr]).toEqual([1, expect.stringContaining('Authentication is off')]);
    expect(log).toContain(
      'Nothing reads the variable WORKER_AUTH_CLIENTID: did you mean WORKER_AUTH_CLIENT_ID?',
    );
  });

  it('logs that the file cannot be written, and that this is over', async () => {
    await mkdir(path('token'));
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    start();
    await expect.poll(() => log).toContain('[WARN]');
    await rename(path('token'), path('folder'));
    await vi.advanceTimersByTimeAsync(1_000);
    await expect.poll(() => log).toContain('Ended after');
    const reason = `The token cannot be written to ${path('token')} (EISDIR): it is a folder: name a file. It is tried again every second.`;
    expect(log).toContain(`[WARN] The agent cannot write its token file: ${reason} See http`);
  });

  const answerOf = async (agent: AgentHere, bearer: string): Promise<unknown> => {
    await expect.poll(agent.stderr).toMatch(/^The agent listens at http:/);
    const [, url = ''] = /listens at (http:\S+)/.exec(agent.stderr()) ?? [];
    const headers = { authorization: `Bearer ${bearer}` };
    return await (await fetch(`${url}/token`, { headers })).text();
  };

  it('listens, for those who present the text of a file that it makes', async () => {
    const agent = start('--listen', '127.0.0.1:0', '--bearer-file', path('bearer'));
    await tokenIsThere();
    await expect.poll(() => text('bearer')).toMatch(/^[\w-]{43}$/);
    expect((await stat(path('bearer'))).mode & 0o777).toBe(0o600);
    expect(await answerOf(agent, (await text('bearer')) ?? '')).toContain(oauth.issuedTokens[0]);
    const [, url = ''] = /listens at (http:\S+)/.exec(agent.stderr()) ?? [];
    expect(await (await fetch(`${url}/metrics`)).text()).toContain(
      '\nworker_auth_condition{code="TOKEN_FILE_FAILED",severity="warning"} 0\n',
    );
    expect((await agent.end()).code).toBe(0);
    const codeOf = (error: Error): unknown => (error.cause as { readonly code?: unknown }).code;
    // At first a connection that was kept may be found closed.
    await expect.poll(() => fetch(`${url}/livez`).catch(codeOf)).toBe('ECONNREFUSED');
  });

  it('listens, for those who present the text of a file that is there', async () => {
    await writeFile(path('bearer'), 'sixteen-letters!\n');
    const agent = start('--listen', 'localhost:0', '--bearer-file', path('bearer'));
    await tokenIsThere();
    expect(await answerOf(agent, 'sixteen-letters!')).toContain(oauth.issuedTokens[0]);
    expect(await answerOf(agent, 'another')).not.toContain(oauth.issuedTokens[0]);
  });

  it.each([
    [[], 0, 1_800_000],
    [['--sparing'], 60_000_000, 86_400_000],
  ])(
    'with %j refreshes a token of a day between %d and %d ms later, and asks for a scope',
    async (args, least, most) => {
      await oauth.stop();
      oauth = await MockOAuthServer.start({ lifetimeSeconds: 86_400 });
      start(...args, '--scope', 'read write', '--audience', 'temporal');
      await tokenIsThere();
      const form = new Map(oauth.tokenRequests[0]?.form);
      expect([form.get('scope'), form.get('audience')]).toEqual(['read write', 'temporal']);
      const refreshedMs = Number(/nextRefreshInMs: (\d+)/.exec(log)?.[1]);
      expect(refreshedMs).toBeGreaterThan(least);
      expect(refreshedMs).toBeLessThanOrEqual(most);
    },
  );

  it('listens to others where that is allowed', async () => {
    const agent = start('--listen', '0.0.0.0:0', '--allow-remote', '--bearer-file', path('bearer'));
    await expect.poll(agent.stderr).toMatch(/^The agent listens at http:\/\/0\.0\.0\.0:\d+$/);
  });

  it('rejects a file whose text is short, or that cannot be made', async () => {
    await writeFile(path('bearer'), 'fifteen-letters\n');
    const listen = ['--listen', '127.0.0.1:0', '--bearer-file'];
    expect(await start(...listen, path('bearer')).end()).toMatchObject({
      ...{ code: 2, stderr: `error: ${path('bearer')} (--bearer-file) must hold 16 characters or more\n` },
    });
    await writeFile(path('bearer'), 'x'.repeat(16_385));
    expect((await start(...listen, path('bearer')).end()).stderr).toContain('cannot be read (EFBIG)');
    const nowhere = await start(...listen, path('nowhere/bearer')).end();
    expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining('ENOENT') as string });
  });

  it.each([
    [0o620, 2, 'can be changed by others: chmod 600', ''],
    [0o602, 2, 'can be changed by others: chmod 600', ''],
    [0o644, 0, '', 'Others can read the file of a bearer'],
    [0o600, 0, '', ''],
  ])('with a bearer file of mode %o ends with %i', async (mode, code, said, logged) => {
    await writeFile(path('bearer'), 'sixteen-letters!');
    await chmod(path('bearer'), mode);
    const agent = start('--listen', '127.0.0.1:0', '--bearer-file', path('bearer'));
    if (code === 0) await expect.poll(agent.stderr).toContain('The agent listens');
    const ended = await agent.end();
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringContaining(said)]);
    expect(log).toContain(logged);
    expect(log.includes('Others can read')).toBe(logged !== '');
  });

  it('ends before its program where there is no token yet', async () => {
    oauth.failWith('neverAnswers');
    const agent = start(
      '--',
      process.execPath,
      '-e',
      `require('fs').writeFileSync(${JSON.stringify(path('ran'))}, '')`,
    );
    await expect.poll(() => oauth.requests.length).toBe(1);
    expect((await agent.end()).code).toBe(0);
    expect(await text('ran')).toBeUndefined();
  });
});

it('shows its options and examples, and that a program may follow', async () => {
  const { stdout } = await runAgent(['--help']);
  expect(stdout).toMatch(/^Usage: worker-auth-agent \[options\] \[-- <program> \[arguments\]\]$/m);
  expect(stdout).toContain('\n  worker-auth-agent --proxy 127.0.0.1:7233 -- python worker.py');
});

it('says its version', async () => {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
  expect(await runAgent(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
});

it.each([
  [
    1,
    ['--any-local-user', '--proxy-cert', '/nowhere', '--proxy-key', '/nowhere'],
    'certFile /nowhere is not there',
  ],
  [2, ['--worker-bearer-file', '/dev/zero'], '/dev/zero (--worker-bearer-file) cannot be read (ENOTFILE)'],
])('a proxy that cannot start ends it with %i: %j', async (code, args, message) => {
  // Files that are being replaced are read again after a while.
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let outcome: CliOutcome | undefined;
  void runAgent(['--proxy', '127.0.0.1:0', ...args], env).then((ended) => (outcome = ended));
  await expect.poll(() => vi.advanceTimersByTimeAsync(100).then(() => outcome)).toBeDefined();
  expect(outcome).toMatchObject({ code, stderr: expect.stringContaining(message) as string });
});
