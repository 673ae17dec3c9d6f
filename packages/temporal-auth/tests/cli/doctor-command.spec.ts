import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { styleText } from 'node:util';
import { assertNoLeak, testCertificates } from '@worker-auth/testing-fakes';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { runbookUrl } from '@worker-auth/calls/conditions/runbook';
import type { Diagnosis } from '../../src/doctor/diagnosis.ts';
import { runCli } from '../support/cli-run.ts';
import { openDiagnosisScene, openLenientScene } from '../support/diagnosis.ts';

describe('doctor', () => {
  it('ends with 0 when all checks pass, and tells of each', async () => {
    await using scene = await openDiagnosisScene();
    const { code, stdout, stderr } = await runCli(['doctor'], scene.env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^configuration\n {2}✓ the application is "postgres-extraction" \(ATLAN_APPLICATION_NAME\)\n/,
    );
    expect(stdout).toMatch(/\nTemporal\n(?: {2}✓ .*\n){7}(?: {2}- .*\n){2}\n✓ All checks passed\n$/);
    assertNoLeak(stdout, [scene.stack.oauth.clientSecret, ...scene.stack.oauth.issuedTokens]);
  });

  it('ends with 3 when a check failed: cause, remedy, evidence and place in the runbook', async () => {
    await using scene = await openDiagnosisScene();
    await scene.stack.oauth.stop();
    const { code, stdout } = await runCli(['doctor', '--short'], scene.env);
    expect(code).toBe(3);
    const { port } = new URL(scene.stack.oauth.tokenUrl);
    expect(stdout.replaceAll(port, 'PORT')).toBe(
      [
        '✗ No connection to 127.0.0.1:PORT: connection refused (ECONNREFUSED).',
        '  Check host and port, and that the server is up.',
        '  - 127.0.0.1 port PORT: connection refused (ECONNREFUSED)',
        `  DOCTOR_CONNECTION_FAILED (endpoint-connection): ${runbookUrl('DOCTOR_CONNECTION_FAILED')}`,
        '',
        '✗ 3 checks failed. Begin with: endpoint-connection',
        '',
      ].join('\n'),
    );
  });

  it('ends with 4 when there are warnings alone', async () => {
    await using scene = await openLenientScene();
    const env = { ...scene.env, ATLAN_WORKFLOW_AUTH_ENABLED: undefined };
    const { code, stdout } = await runCli(['doctor', '--short'], env);
    expect(code).toBe(4);
    expect(stdout).toMatch(/^! No credentials are configured\.\n {2}Set WORKER_AUTH_CLIENT_ID and/);
    expect(stdout).toMatch(/\n! No check failed; 1 check warned\n$/);
  });

  it('gives the same as JSON, with cause, remedy and URL apart', async () => {
    await using scene = await openDiagnosisScene();
    scene.stack.oauth.rotateClientSecret();
    const { code, stdout } = await runCli(['doctor', '--json'], scene.env);
    expect(code).toBe(3);
    const { success, causes, categories } = JSON.parse(stdout) as Diagnosis;
    expect({ success, causes }).toEqual({ success: false, causes: ['token-request'] });
    expect(categories.map(({ categoryName }) => categoryName)).toEqual([
      ...['configuration', 'secret store', 'token endpoint', 'token', 'Temporal'],
    ]);
    expect(categories[3]?.checks.find(({ name }) => name === 'token-request')).toEqual({
      name: 'token-request',
      description: 'the credentials bring a token',
      result: 'error',
      code: 'TOKEN_CLIENT_REJECTED',
      cause: expect.stringMatching(/answered 401 invalid_client/) as string,
      remedy: 'Check the client id and secret and how the client is to authenticate.',
      url: runbookUrl('TOKEN_CLIENT_REJECTED'),
    });
  });

  it('trusts the authority of --tls-ca', async () => {
    await using scene = await openLenientScene({ tls: true });
    await using started = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'worker-auth-'));
    started.defer(() => rm(folder, { recursive: true }));
    const file = join(folder, 'ca.pem');
    await writeFile(file, testCertificates().ca);
    expect(await runCli(['doctor', '--tls-ca', file], scene.env)).toMatchObject({ code: 0 });
    expect(await runCli(['doctor', '--tls'], scene.env)).toMatchObject({
      ...{ code: 3, stdout: expect.stringContaining('DOCTOR_CERTIFICATE_UNTRUSTED') as string },
    });
  });

  it('knows how the server is configured, how many workers there are, and a token of a file', async () => {
    await using scene = await openDiagnosisScene({
      ...{
        oauth: { permissions: ['app.default.write'], audience: 'temporal' },
        frontend: { audience: 'temporal' },
      },
    });
    const regex = '^app\\.(?P<namespace>\\w+)\\.(?P<role>\\w+)$';
    const options = ['--audience', 'temporal', '--permissions-regex', regex, '--workers', '241'];
    const args = ['doctor', '--json', ...options];
    const check = async (more: readonly string[], name: string): Promise<unknown> => {
      const { stdout } = await runCli([...args, ...more], scene.env);
      const { categories } = JSON.parse(stdout) as Diagnosis;
      return categories.flatMap(({ checks }) => checks).find((one) => one.name === name);
    };
    // This Temporal reads it otherwise.
    expect(await check([], 'token-permission')).toMatchObject({ result: 'success' });
    expect(await check([], 'temporal-namespace')).toMatchObject({ result: 'error' });
    const named = await check(['--permissions-claim-name', 'roles'], 'token-permission');
    expect(named).toMatchObject({
      cause: expect.stringContaining('The claim "roles" is missing') as string,
    });
    const file = await check(['--token-file', '/nowhere/token'], 'token-request');
    expect(file).toMatchObject({ code: 'TOKEN_FILE_UNREADABLE' });
    await using lenient = await openLenientScene();
    const { stdout, code } = await runCli(['doctor', '--short', '--workers', '241'], lenient.env);
    expect(code).toBe(4);
    expect(stdout).toContain('! 241 workers with 5 pollers of each kind have 1205 polls open, of 1200');
  });

  it.each(['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'])(
    'ends with 3 and its JSON where %s names no file, and makes the other checks',
    async (name) => {
      await using scene = await openDiagnosisScene();
      const { code, stdout, stderr } = await runCli(['doctor', '--json'], {
        ...scene.env,
        [name]: '/nowhere',
      });
      expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
      const { causes, categories } = JSON.parse(stdout) as Diagnosis;
      expect(causes).toEqual(['trusted-certificates']);
      expect(categories[4]?.checks.filter(({ result }) => result === 'success')).toHaveLength(7);
    },
  );

  it('shows no control characters of a name', async () => {
    const { stdout } = await runCli(['doctor', '--timeout', '1'], { ATLAN_APPLICATION_NAME: 'a\u001b]0;b' });
    expect(stdout).toContain('the application is "a?]0;b"');
  });

  it('paints what it is told to', async () => {
    const paint = (style: 'red' | 'bold', text: string): string =>
      styleText(style, text, { validateStream: false });
    const { stdout } = await runCli(['doctor', '--timeout', '1'], {}, paint as Parameters<typeof runCli>[2]);
    expect(stdout).toContain('\u001b[33m! ');
    expect(stdout).toContain('\u001b[1mconfiguration');
  });
});

describe('a command line that makes no sense ends with 2:', () => {
  it.each([
    [[], 'a command is missing'],
    [['docter'], 'there is no command "docter"; there are doctor and token'],
    [
      ['agent', '--out', 'a'],
      'there is no command "agent"; the agent is a package of its own: npx @worker-auth/agent',
    ],
    [['doctor', '--jsno'], "Unknown option '--jsno'"],
    [['doctor', 'now'], "Unexpected argument 'now'"],
    [['doctor', '--timeout', '0'], '--timeout must be a whole number from 1 to 3600, not "0"'],
    [['doctor', '--timeout', '3601'], 'not "3601"'],
    [['doctor', '--timeout', '1e3'], 'not "1e3"'],
    [['doctor', '--application', ''], '--application must not be empty'],
    [['doctor', '--workers', '0'], '--workers must be a whole number from 1 to 1000000, not "0"'],
    [['doctor', '--audience', ''], '--audience must not be empty'],
    [['doctor', '--a\u001b\u202e'], "Unknown option '--a??'"],
    [['a\u001b[2J'], 'there is no command "a?[2J"'],
    [['doctor', '--json', '--short'], '--short and --json exclude each other'],
    [['doctor', '--tls-ca', '/nowhere/ca.pem'], '--tls-ca: /nowhere/ca.pem cannot be read (ENOENT)'],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await runCli(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`error: `);
    expect(stderr).toContain(message);
  });
});

describe('help', () => {
  it.each(['--help', '-h', 'help'])('lists the commands: %s', async (word) => {
    const { code, stdout } = await runCli([word]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\nUsage: worker-auth <command> \[options\]\n\nCommands:\n {2}doctor {2}Looks at/);
  });

  it('says the version', async () => {
    const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
    expect(await runCli(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  it('lists the options of a command', async () => {
    const { code, stdout } = await runCli(['doctor', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('  --timeout <seconds>              how long each step may take; default 5\n');
    expect(stdout).toContain('  --short                          shows only failures and warnings\n');
  });
});
