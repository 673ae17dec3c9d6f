import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { assertNoLeak, LoopbackServer } from '@worker-auth/testing-fakes';
import type { TokenSource } from '@worker-auth/token-manager';
import { describe, expect, it } from 'vitest';
import { examineProgram } from '../../src/cli/examined-program.ts';
import { healthHandler } from '../../src/health/health-handler.ts';
import { temporalAuth } from '../../src/plugin.ts';
import { runCli } from '../support/cli-run.ts';
import { checkOf, diagnosed, type DiagnosisScene, openDiagnosisScene } from '../support/diagnosis.ts';
import { openScene, passUntil } from '../support/scene.ts';

const worker = fileURLToPath(new URL('../support/doctored-worker.ts', import.meta.url));
const command = [process.execPath, '--conditions=@worker-auth/source', worker];

/** What the program of the specs needs; nothing of it is a variable of this package. */
function envOf({ stack }: DiagnosisScene, more: Readonly<Record<string, string>> = {}) {
  const { tokenUrl, clientSecret } = stack.oauth;
  const { NODE_COMPILE_CACHE = '' } = process.env;
  return {
    NODE_COMPILE_CACHE,
    PLACE: stack.frontend?.address ?? '',
    TOKEN_URL: tokenUrl,
    SECRET: clientSecret,
    ...more,
  };
}

const never = (): Promise<never> => Promise.reject(new Error('by the environment'));

describe('a program that is looked at', () => {
  it.each(['', 'ends', 'starts'])(
    'is diagnosed by its own options, and its worker takes no task: %s',
    async (mode) => {
      await using scene = await openDiagnosisScene();
      const env = envOf(scene, { MODE: mode });
      const diagnosis = await examineProgram(command, { env, timeoutMs: 30_000 }, never);
      expect(diagnosis.causes).toEqual([]);
      expect(checkOf(diagnosis, 'temporal-native').result).toBe('success');
      const { description, evidence = [] } = checkOf(diagnosis, 'program');
      const [, switches, workers = ''] = /on Node \S+ (.*), with (.*)$/.exec(description) ?? [];
      expect(switches).toBe('--conditions=@worker-auth/source');
      expect(JSON.parse(String(evidence[0]))).toMatchObject({
        connectTimeoutMs: 9_000,
        bootTimeoutMs: 1_000,
      });
      if (mode === 'ends') expect(workers).toBe('no worker yet');
      else
        expect(JSON.parse(workers)).toMatchObject({
          ...{ taskQueue: 'orders', maxConcurrentActivityTaskExecutions: 7 },
          activityTaskPollerBehavior: { type: 'autoscaling', minimum: 5 },
        });
      assertNoLeak(diagnosis, [scene.stack.oauth.clientSecret, ...scene.stack.oauth.issuedTokens]);
    },
  );

  it.each(['throws', 'starts', 'exits'])('is diagnosed where it fails at its start: %s', async (mode) => {
    await using scene = await openDiagnosisScene();
    scene.stack.oauth.failWith('unauthorized401');
    const { code, stdout } = await runCli(
      ['doctor', '--short', '--timeout', '30', '--', ...command],
      envOf(scene, { MODE: mode }),
    );
    expect(code).toBe(3);
    expect(stdout).toMatch(/^✗ The token endpoint \S+ answered 401 invalid_client/);
    expect(stdout).not.toContain('the program began');
  });

  it.each([
    ['second', /^✗ Temporal at \S+ has no namespace "elsewhere"\.\n {2}Create it, or set TEMPORAL_NAMESPACE/],
    [
      'plain',
      /^✗ The worker of task queue "plain" has no plugin of this package, and Temporal rejects its polls/,
    ],
    ['throws', /^✗ The program ended with exit code 1\.\n(?:.*\n)+ {2}- Error: of the program itself\n/],
    [
      'fails',
      /^✗ The program ended with exit code 3\.\n.*\n {2}- the program began\n {2}- orders\.yaml is missing, …/,
    ],
  ])(
    'fails with its last worker or its own end, though its first client is good: %s',
    async (mode, lines) => {
      await using scene = await openDiagnosisScene({
        oauth: { permissions: ['default:write', 'elsewhere:write'] },
      });
      const { code, stdout } = await runCli(
        ['doctor', '--short', '--timeout', '30', '--', ...command],
        envOf(scene, { MODE: mode }),
      );
      expect({ code, stdout }).toMatchObject({ code: 3, stdout: expect.stringMatching(lines) as string });
      assertNoLeak(stdout, [scene.stack.oauth.clientSecret]);
      // No worker has polled.
      const polls = scene.stack.frontend?.calls.filter(({ method }) => method.startsWith('Poll')) ?? [];
      expect(polls.length).toBeLessThanOrEqual(6);
    },
  );

  it('fails without a client of this package and without a worker: the environment is looked at', async () => {
    await using scene = await openDiagnosisScene();
    const ended = async (...args: readonly string[]) =>
      runCli(['doctor', '--short', '--', process.execPath, ...args], scene.env);
    const none =
      /^✗ The program ended with exit code 0, and made no client of this package and ran no worker\./;
    expect(await ended('-e', '0')).toMatchObject({ code: 3, stdout: expect.stringMatching(none) as string });
    const missing = await ended('/nowhere/worker.js');
    expect(missing.code).toBe(3);
    expect(missing.stdout).toMatch(/^✗ The program ended with exit code 1.*\n(?:.*\n)+.*Cannot find module/);
    // The environment has nothing to do with it.
    const elsewhere = await runCli([
      'doctor',
      '--short',
      '--timeout',
      '1',
      '--',
      process.execPath,
      '/nowhere/worker.js',
    ]);
    expect(elsewhere.stdout).toMatch(/^✗ The program ended with exit code 1/);
    const absent = await runCli(['doctor', '--', '/nowhere/program'], scene.env);
    expect(absent).toMatchObject({ code: 2, stderr: expect.stringContaining('(ENOENT)') as string });
  });
});

it('a program that never ends is ended', async () => {
  await using scene = await openDiagnosisScene();
  const hung = [process.execPath, '-e', 'setInterval(() => undefined, 1_000)'];
  const diagnosis = await examineProgram(hung, { env: process.env, timeoutMs: 20 }, () => diagnosed(scene));
  expect(diagnosis.causes).toEqual(['program']);
  expect(checkOf(diagnosis, 'program').cause).toMatch(
    /^The program was ended after 0\.4 s, and made no client of this package and ran no worker\.$/,
  );
});

describe('what a program may have in its code', () => {
  it.each<[string, (scene: DiagnosisScene) => Record<string, string>]>([
    ['all of it', () => ({})],
    ['the name of its application', ({ env }) => ({ ...env, ATLAN_APPLICATION_NAME: '' })],
    ['where Temporal is', ({ env }) => ({ ...env, ATLAN_WORKFLOW_HOST: '', ATLAN_WORKFLOW_PORT: '' })],
  ])('is a failure of the environment alone: %s', async (_what, envIn) => {
    await using scene = await openDiagnosisScene();
    const { code, stdout } = await runCli(['doctor', '--timeout', '3'], envIn(scene));
    expect({ code, stdout }).toMatchObject({ code: 3 });
    expect(stdout).toMatch(/^✗ /);
    expect(stdout).toContain('worker-auth doctor -- node lib/worker.js');
  });

  it('is a failure where TLS is of the code', async () => {
    await using scene = await openDiagnosisScene({ frontend: { tls: true } });
    const { code, stdout } = await runCli(['doctor', '--timeout', '10'], scene.env);
    expect({ code, stdout }).toMatchObject({ code: 3 });
    expect(stdout).toMatch(/^✗ .* it speaks TLS, and TLS is off here\.\n {2}Set tls: true/);
  });
});

describe('the health of a running program', () => {
  it.each([
    ['critical', 3, '✗'],
    ['warning', 4, '!'],
  ])('is told by its conditions: %s', async (severity, code, sign) => {
    const condition = {
      ...{ code: 'TEMPORAL_AUTH_CALL_REJECTED', cause: 'It says no.', remedy: 'Ask why.', severity },
      since: '2026-11-30T10:00:00.000Z',
    };
    const found = await ofHealth({ status: 'warn', reasons: [], health: { conditions: [condition] } });
    expect(found.code).toBe(code);
    expect(found.stdout).toMatch(
      new RegExp(
        `^${sign} It says no\\.\\n {2}Ask why\\.\\n {2}TEMPORAL_AUTH_CALL_REJECTED, since 2026-11-30T10:00:00\\.000Z: https://.*#temporal_auth_call_rejected\\n`,
      ),
    );
  });

  it('is good where there are none, and is no health where another program answers', async () => {
    expect(await ofHealth({ health: { conditions: [] } })).toMatchObject({
      code: 0,
      stdout: '✓ Nothing is wrong\n',
    });
    expect(await ofHealth({ status: 'UP' })).toMatchObject({ code: 2 });
    // A list of codes, as at /readyz.
    expect(await ofHealth({ conditions: ['NO_TOKEN'] })).toMatchObject({ code: 2 });
    expect((await runCli(['doctor', '--health', 'http://127.0.0.1:1'], {})).code).toBe(2);
    expect((await runCli(['doctor', '--health', 'nowhere'], {})).code).toBe(2);
  });

  it('has the code and the cause of a worker whose token Temporal rejects', async () => {
    let isRejecting = false;
    await using scene = await openScene({ acceptToken: () => !isRejecting });
    const client = scene.createClient();
    await client.load();
    await client.createWorker({ activities: { countRows: () => 1 } });
    await passUntil(scene, () => client.health().temporal.state === 'good');
    await using server = await LoopbackServer.start(healthHandler(client));
    expect(await runCli(['doctor', '--health', server.url])).toMatchObject({ code: 0 });
    isRejecting = true;
    await passUntil(scene, () => client.health().conditions.length > 0);
    for (const path of ['', '/readyz', '/livez', '/healthz']) {
      const { code, stdout } = await runCli(['doctor', '--health', `${server.url}${path}`]);
      expect(code).toBe(3);
      expect(stdout).toMatch(/^✗ Temporal at 127\.0\.0\.1:\d+ rejected the call for namespace "default": /);
      expect(stdout).toMatch(/^ {2}TEMPORAL_REJECTS_TOKEN, since .*#temporal_rejects_token$/m);
    }
    // Core waits 10 s after a rejected poll, also when it is shut down.
    isRejecting = false;
  });

  async function ofHealth(page: object): ReturnType<typeof runCli> {
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/healthz' ? 200 : 404).end(JSON.stringify(page));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      return await runCli(['doctor', '--health', `http://127.0.0.1:${port}`], {});
    } finally {
      server.close();
    }
  }
});

describe('diagnose() of the plugin', () => {
  const tokensOf = (getToken: TokenSource['getToken']): TokenSource => ({
    ...{ getToken, peek: () => undefined, subscribe: () => () => undefined },
  });

  it('looks at the token of its option tokens, and says when there is none', async () => {
    await using scene = await openDiagnosisScene();
    const { host = '', port = '' } =
      /^(?<host>.+):(?<port>\d+)$/.exec(scene.stack.frontend?.address ?? '')?.groups ?? {};
    const diagnosed = async (tokens: TokenSource, timeoutMs = 30_000) => {
      await using auth = temporalAuth({ tokens, host, port: Number(port), env: {} });
      return await auth.diagnose({ timeoutMs, native: false });
    };
    const good = await diagnosed(tokensOf(() => Promise.resolve(scene.stack.oauth.mintToken())));
    expect(good.causes).toEqual([]);
    expect(checkOf(good, 'token-request').description).toBe('got an access token from the option tokens');
    const hung = await diagnosed(
      tokensOf(() => new Promise(() => undefined)),
      200,
    );
    expect(hung.causes).toEqual(['token-request']);
    expect(checkOf(hung, 'token-request').cause).toBe('No token of the option tokens within 200 ms.');
  });
});
