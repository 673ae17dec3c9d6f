import { status } from '@grpc/grpc-js';
import { Connection } from '@temporalio/client';
import { decodeJwt } from '@worker-auth/internal';
import { FakeTemporalFrontend, MockOAuthServer } from '@worker-auth/testing-fakes';
import { type ProviderOptions, providers } from '@worker-auth/token-manager';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeEach, expect, it } from 'vitest';
import { tokenEnv } from '@worker-auth/calls/tests/example-env';
import { exitCode, startAgent, written } from './support/agent-process.ts';
import { type AgentHere, beginAgent } from './support/run-agent.ts';

let folder: string;
let out: string;
let oauth: MockOAuthServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "agent #%41 é' "));
  out = join(folder, 'token');
  oauth = await MockOAuthServer.start();
  return async () => {
    await oauth.stop();
    await rm(folder, { recursive: true, maxRetries: 10 });
  };
});

/** In this process. */
const begin = (env: Readonly<Record<string, string | undefined>>): AgentHere =>
  beginAgent(['--out', out], {
    ATLAN_APPLICATION_NAME: 'postgres-extraction',
    ...tokenEnv(oauth),
    ...env,
  });

const token = (): Promise<string | undefined> => readFile(out, 'utf8').catch(() => undefined);

/** A program that says what it finds, and waits. */
const printEnv = [
  '--',
  process.execPath,
  '-e',
  'console.log(JSON.stringify(process.env)); setTimeout(() => {}, 60_000)',
];

it.each(['client_secret_post', 'client_secret_basic', 'client_secret_jwt'] as const)(
  'authenticates by %s where the environment says so',
  async (method) => {
    await oauth.stop();
    const [clientId, clientSecret] = ['worker', 'a secret of more than thirty-two bytes'];
    oauth = await MockOAuthServer.start({ clients: [{ clientId, clientSecret, authMethods: [method] }] });
    begin({ WORKER_AUTH_AUTH_METHOD: method, WORKER_AUTH_PROVIDER: 'okta' });
    await expect.poll(token, { timeout: 20_000 }).toBe(await firstToken());
    expect(oauth.tokenRequests[0]?.authentication?.method).toBe(method);
  },
);

it.each(Object.entries<ProviderOptions>(providers))(
  'asks as %s takes it, by the key in a file',
  async (name, { assertionAudience, scope }) => {
    await oauth.stop();
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const keyFile = join(folder, 'key.pem');
    await writeFile(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const jwks = { keys: [publicKey.export({ format: 'jwk' }) as never] };
    const isForEndpoint = (assertion: string): boolean =>
      decodeJwt(assertion)?.claims['aud'] === oauth.tokenUrl;
    oauth = await MockOAuthServer.start({
      clients: [{ clientId: 'worker', jwks }],
      ...(assertionAudience === 'token-endpoint'
        ? { acceptAssertion: isForEndpoint }
        : { strictAssertions: true }),
    });
    const env = {
      ...{ WORKER_AUTH_PROVIDER: name, WORKER_AUTH_CLIENT_ID: 'worker' },
      ...{ WORKER_AUTH_PRIVATE_KEY_FILE: keyFile, WORKER_AUTH_ISSUER: oauth.issuer },
      ATLAN_WORKFLOW_AUTH_URL: undefined,
      ATLAN_postgres_extraction_client_id: undefined,
      ATLAN_postgres_extraction_client_secret: undefined,
    };
    begin(env);
    await expect.poll(token, { timeout: 20_000 }).toBe(await firstToken());
    const [request] = oauth.tokenRequests;
    expect(request?.authentication?.method).toBe('private_key_jwt');
    expect(new Map(request?.form).get('scope')).toBe(scope);
  },
);

it('started again while the provider is away, goes on with the token that is good, until there is another', async () => {
  const left = oauth.mintToken({ lifetimeSeconds: 540 });
  await writeFile(out, left);
  oauth.failWith('unavailable503');
  const socket = join(folder, 'socket');
  const agent = startAgent({ oauth, args: ['--out', out, '--listen', `unix:${socket}`, ...printEnv] });
  await expect.poll(written(agent, 'stdout'), { timeout: 20_000 }).toContain('PATH');
  expect(JSON.parse(await get(socket, '/token'))).toMatchObject({ access_token: left });
  oauth.recover();
  const next = await firstToken();
  await expect.poll(token, { timeout: 20_000 }).toBe(next);
});

it('waits for the provider before its program, without a file too', async () => {
  oauth.script([{ status: 503 }, 'proper']);
  const agent = startAgent({ oauth, args: ['--proxy', '127.0.0.1:0', ...printEnv] });
  const said = written(agent, 'stdout');
  let issued: number | undefined;
  agent.stdout?.once('data', () => (issued = oauth.issuedTokens.length));
  await expect.poll(said, { timeout: 30_000 }).toContain('TEMPORAL_ADDRESS');
  expect(issued).toBe(1);
  expect(oauth.tokenRequests.map(({ status }) => status)).toEqual([503, 200]);
});

it('ends where another agent keeps its file', async () => {
  startAgent({ oauth, args: ['--out', out] });
  await expect.poll(token, { timeout: 20_000 }).toBeDefined();
  const second = startAgent({ oauth, args: ['--out', out] });
  const said = written(second, 'stderr');
  expect(await exitCode(second)).toBe(1);
  expect(said()).toContain(`Another agent keeps ${out}`);
  expect(oauth.issuedTokens).toHaveLength(1);
});

it.each([
  [[], false],
  [['--pass-secrets'], true],
])('with %j its program finds the credentials: %s', async (args, expected) => {
  const key = { TEMPORAL_API_KEY: 'of-the-agent', WORKER_AUTH_CLIENT_SECRET: '' };
  const agent = startAgent({ oauth, env: key, args: ['--out', out, ...args, ...printEnv] });
  const said = written(agent, 'stdout');
  await expect.poll(said, { timeout: 20_000 }).toContain('\n');
  const env = JSON.parse(said()) as Record<string, string>;
  expect(env['PATH']).toBe(process.env['PATH']);
  expect(env['ATLAN_postgres_extraction_client_id']).toBe(oauth.clientId);
  expect(env['ATLAN_postgres_extraction_client_secret'] === oauth.clientSecret).toBe(expected);
  expect(env['TEMPORAL_API_KEY'] === 'of-the-agent').toBe(expected);
});

it('its program finds Temporal at the proxy, and presents its secret', async () => {
  const bearerFile = join(folder, 'bearer');
  const args = ['--proxy', '127.0.0.1:0', '--worker-bearer-file', bearerFile, ...printEnv];
  const env = { TEMPORAL_TLS: 'true', TEMPORAL_ADDRESS: '127.0.0.1:9' };
  const agent = startAgent({ oauth, env, args });
  const said = written(agent, 'stdout');
  await expect.poll(said, { timeout: 20_000 }).toContain('\n');
  const bearer = (await readFile(bearerFile, 'utf8')).trim();
  expect(JSON.parse(said())).toMatchObject({
    TEMPORAL_API_KEY: bearer,
    TEMPORAL_TLS: 'false',
    TEMPORAL_ADDRESS: expect.stringMatching(/^127\.0\.0\.1:(?!9$)\d+$/) as string,
  });
});

it.each([
  [['--any-local-user'], undefined],
  [[], expect.stringMatching(/^[\w-]{43}$/) as string],
])('with %j its program presents %s at a port, which others do not know', async (args, key) => {
  await using temporal = await FakeTemporalFrontend.start({ jwks: oauth.jwksUrl });
  const agent = startAgent({
    ...{ oauth, args: ['--proxy', '127.0.0.1:0', ...args, ...printEnv] },
    env: {
      TEMPORAL_ADDRESS: `127.0.0.1:${temporal.port}`,
      TEMPORAL_TLS: 'false',
      TEMPORAL_API_KEY: 'of-the-agent',
    },
  });
  const said = written(agent, 'stdout');
  await expect.poll(said, { timeout: 20_000 }).toContain('\n');
  const env = JSON.parse(said()) as Readonly<Record<string, string | undefined>>;
  expect([env['TEMPORAL_API_KEY'], env['TEMPORAL_TLS']]).toEqual([key, key && 'false']);
  const codeWith = async (apiKey: string | undefined): Promise<unknown> => {
    const address = env['TEMPORAL_ADDRESS'] ?? '';
    const connection = Connection.lazy({ address, tls: false, interceptors: [], ...(apiKey && { apiKey }) });
    const call = connection.workflowService.getSystemInfo({}).then(
      () => status.OK,
      (error: unknown) => (error as { readonly code: unknown }).code,
    );
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- `finally` waits for it
    return await call.finally(() => connection.close());
  };
  expect(await codeWith(env['TEMPORAL_API_KEY'])).toBe(status.OK);
  expect(await codeWith(undefined)).toBe(key === undefined ? status.OK : status.UNAUTHENTICATED);
});

async function firstToken(): Promise<string | undefined> {
  await expect.poll(() => oauth.issuedTokens.length, { timeout: 20_000 }).toBe(1);
  return oauth.issuedTokens[0];
}

async function get(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path }, (response) => void text(response).then(resolve, reject)).end();
  });
}
