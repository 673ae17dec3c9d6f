import { plantSecret, RecordingLogger } from '@worker-auth/testing-fakes';
import type { TokenSink } from '@worker-auth/token-manager';
import { once } from 'node:events';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { listen, tokenServer } from '@worker-auth/agent/token-server';
import type { Check, DiagnoseOptions, Diagnosis } from '../../src/doctor/diagnosis.ts';
import { agentTokens } from '@worker-auth/agent/tests/agent-tokens';
import { authOptions } from '@worker-auth/calls/tests/auth-options';
import { runCli } from '../support/cli-run.ts';
import {
  checkOf,
  diagnosed,
  diagnosedLate,
  type DiagnosisScene,
  openDiagnosisScene,
} from '../support/diagnosis.ts';
import { unusedPort } from '@worker-auth/calls/tests/unused-port';

let scene: DiagnosisScene;
let folder: string;
/** What a pod has whose worker reads the token of an agent: no credentials, and no application. */
let env: Readonly<Record<string, string | undefined>>;

beforeEach(async () => {
  scene = await openDiagnosisScene();
  folder = await mkdtemp(join(tmpdir(), "doctor-agent #%41 é' "));
  const { ATLAN_WORKFLOW_HOST: host, ATLAN_WORKFLOW_PORT: port } = scene.env;
  const none = Object.fromEntries(Object.keys(scene.env).map((name) => [name, undefined]));
  env = { ...none, ATLAN_WORKFLOW_HOST: host, ATLAN_WORKFLOW_PORT: port };
  onTestFinished(async () => {
    await scene[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
});

const examined = (options: DiagnoseOptions, diagnose = diagnosed): Promise<Diagnosis> =>
  diagnose(scene, { ...options, env });

async function agentCheck(options: DiagnoseOptions, diagnose = diagnosed): Promise<Check> {
  const diagnosis = await examined(options, diagnose);
  const check = checkOf(diagnosis, 'agent');
  if (check.result === 'error') expect(diagnosis.causes).toEqual(['agent']);
  return check;
}

/** The file of an agent whose token came `ageMs` ago; by default it lives for an hour. */
async function tokenFile(ageMs = 12_000): Promise<string> {
  const path = join(folder, 'token');
  const iat = Math.floor((Date.now() - ageMs) / 1_000);
  await writeFile(path, scene.stack.oauth.mintToken({ claims: { iat, exp: iat + 3_600 } }));
  await utimes(path, iat, iat);
  return path;
}

describe('the file of an agent', () => {
  it('has a token that Temporal accepts; how old it is stands there, and nobody is asked for another', async () => {
    const diagnosis = await examined({ agent: await tokenFile() });
    expect(diagnosis).toMatchObject({ success: true, causes: [] });
    expect(checkOf(diagnosis, 'agent').description).toMatch(/^the token in \/.*\/token is 1[2-9] s old$/);
    expect(checkOf(diagnosis, 'temporal-write').result).toBe('success');
    for (const name of ['application', 'authentication', 'credentials'] as const)
      expect(checkOf(diagnosis, name)).toMatchObject({
        ...{ result: 'skipped', description: expect.stringContaining('(option agent)') as string },
      });
    expect(scene.stack.dapr.requests).toEqual([]);
  });

  it('has a token that Temporal rejects', async () => {
    const agent = await tokenFile();
    await writeFile(agent, scene.stack.oauth.mintToken({ foreignKey: true }));
    const diagnosis = await examined({ agent });
    expect(diagnosis.causes).toEqual(['temporal-namespace']);
    expect(checkOf(diagnosis, 'agent').result).toBe('success');
  });

  it.each([
    ['away', () => Promise.resolve(join(folder, 'other')), 'DOCTOR_AGENT_AWAY', /^There is no .*--out/],
    ['no file', () => Promise.resolve(folder), 'TOKEN_FILE_UNREADABLE', /: EISDIR\./],
    [
      'over',
      () => tokenFile(3_700_000),
      'DOCTOR_AGENT_LATE',
      /lives for 3600 s.*after 1800 s\. Check whether/,
    ],
  ])('is %s', async (_what, path, code, says) => {
    expect(await agentCheck({ agent: await path() })).toMatchObject({
      ...{ result: 'error', code, error: expect.stringMatching(says) as string },
    });
  });

  it.each([
    [2_600_000, 'success'],
    [2_800_000, 'warning'],
  ])('has a token of an hour that is %d ms old: %s', async (ageMs, result) => {
    expect(await agentCheck({ agent: await tokenFile(ageMs) })).toMatchObject({ result });
  });
});

/** An agent that listens: at a port with a bearer, or at a socket. */
async function agentAt(where: 'port' | 'socket', sinkError?: string): Promise<[DiagnoseOptions, string]> {
  const bearer = plantSecret();
  const agentsTokens = agentTokens({ ...authOptions(scene.stack.oauth), logger: new RecordingLogger() });
  onTestFinished(() => agentsTokens.tokens.stop());
  const error = sinkError === undefined ? undefined : new Error(sinkError);
  const server = tokenServer({
    ...{ ...agentsTokens, sink: { error } as unknown as TokenSink, metrics: () => '' },
    ...(where === 'port' ? { bearer, host: '127.0.0.1' } : { bearer: undefined, host: undefined }),
  });
  onTestFinished(() => void server.close());
  const agentBearerFile = join(folder, 'bearer');
  await writeFile(agentBearerFile, `${bearer}\n`);
  await agentsTokens.tokens.getToken().catch(() => undefined);
  if (where === 'socket') {
    const socket = join(folder, 'agent.sock');
    await once(server.listen(socket), 'listening');
    return [{ agent: `unix:${socket}` }, bearer];
  }
  return [
    { agent: await listen(server, { host: '127.0.0.1', port: 0 }, undefined), agentBearerFile },
    bearer,
  ];
}

describe('the address of an agent', () => {
  it.each(['port', 'socket'] as const)('has a token that Temporal accepts, by a %s', async (where) => {
    const [options, bearer] = await agentAt(where);
    const diagnosis = await examined(options);
    expect(diagnosis).toMatchObject({ success: true, causes: [] });
    const { description } = checkOf(diagnosis, 'agent');
    expect(description.replace(/\d+ s old$/, 'N s old')).toBe(
      `the agent at ${options.agent ?? ''} answers, and its token is N s old`,
    );
    expect(checkOf(diagnosis, 'token-request').description).toBe(
      `got an access token from ${options.agent ?? ''}`,
    );
    expect(checkOf(diagnosis, 'temporal-write').result).toBe('success');
    expect(scene.stack.oauth.issuedTokens).toHaveLength(1);
    expect(JSON.stringify(diagnosis)).not.toContain(bearer);
  });

  it('wants another bearer', async () => {
    const [{ agent }] = await agentAt('port');
    expect(await agentCheck({ agent })).toMatchObject({ result: 'error', code: 'DOCTOR_AGENT_REJECTS' });
    const file = { agent, agentBearerFile: join(folder, 'other') };
    expect((await agentCheck(file)).cause).toContain('cannot be read from');
  });

  it('has no token, and says why', async () => {
    scene.stack.oauth.failWith('forbidden403');
    const [options] = await agentAt('port');
    expect(await agentCheck(options)).toMatchObject({
      ...{ result: 'error', code: 'DOCTOR_AGENT_UNREADY' },
      error: expect.stringContaining(' 403 ') as string,
    });
  });

  it('has a token that it cannot write, which is a warning', async () => {
    const [options] = await agentAt('port', 'The token cannot be written to /x (ENOSPC).');
    expect(await agentCheck(options)).toMatchObject({
      ...{ result: 'warning', code: 'DOCTOR_AGENT_UNREADY' },
      error: expect.stringMatching(/^The agent at .* is not ready: The token .*\(ENOSPC\)\. See/) as string,
    });
  });

  it('is one at which nobody listens, or another program', async () => {
    expect(await agentCheck({ agent: `http://127.0.0.1:${await unusedPort()}` })).toMatchObject({
      ...{ code: 'DOCTOR_AGENT_AWAY', error: expect.stringContaining('(ECONNREFUSED)') as string },
    });
    expect(await agentCheck({ agent: `unix:${folder}/none` })).toMatchObject({
      ...{ code: 'DOCTOR_AGENT_AWAY', error: expect.stringContaining(': ENOENT') as string },
    });
    const agent = await serve((_request, response) => response.end('hello'));
    expect(await agentCheck({ agent })).toMatchObject({
      ...{ code: 'DOCTOR_AGENT_AWAY', error: expect.stringContaining('is no agent (status 200') as string },
    });
    expect(await agentCheck({ agent: 'https://127.0.0.1:1' })).toMatchObject({
      code: 'TEMPORAL_AUTH_SETTING_REJECTED',
    });
  });

  it('is one that takes too long', async () => {
    const agent = await serve(() => undefined);
    expect(await agentCheck({ agent }, diagnosedLate)).toMatchObject({
      ...{ code: 'DOCTOR_CONNECTION_TIMED_OUT' },
    });
    const reasons = ['There is no token.'];
    const waiting = await serve(({ url }, response) => {
      if (url === '/readyz') response.writeHead(503).end(JSON.stringify({ status: 'fail', reasons }));
    });
    expect(await agentCheck({ agent: waiting }, diagnosedLate)).toMatchObject({
      ...{ code: 'DOCTOR_AGENT_UNREADY', error: expect.stringContaining('There is no token. See') as string },
    });
  });
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return listen(server, { host: '127.0.0.1', port: 0 }, undefined);
}

describe('doctor --agent', () => {
  it('ends with 0 where all is well, and with 3 where there is no agent', async () => {
    const { code, stdout } = await runCli(['doctor', '--agent', await tokenFile()], env);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/ s old\n/) as string });
    const away = await runCli(['doctor', '--short', '--agent', join(folder, 'other')], env);
    expect(away.code).toBe(3);
    expect(away.stdout).toContain('DOCTOR_AGENT_AWAY (agent): https://');
    expect(away.stdout).toContain('✗ 2 checks failed. Begin with: agent');
  });

  it('presents the bearer of --bearer-file', async () => {
    const [{ agent = '', agentBearerFile = '' }] = await agentAt('port');
    const args = ['doctor', '--agent', agent, '--bearer-file', agentBearerFile];
    expect(await runCli(args, env)).toMatchObject({ code: 0 });
  });
});
