import { once } from 'node:events';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock, SigningKey } from '@worker-auth/testing-fakes';
import { beforeEach, describe, expect, it } from 'vitest';
import { checkAgent } from '../../src/doctor/check-agent.ts';
import type { DiagnoseOptions } from '../../src/doctor/diagnosis.ts';
import type { DiagnosisContext } from '../../src/doctor/diagnosis-context.ts';
import { examined, type Finding } from '../support/examined.ts';
import { unusedPort } from '../support/unused-port.ts';

const wallMs = 1_700_000_000_000;
const now = wallMs / 1_000;
const key = new SigningKey('ES256');
const replaced =
  'lives for 3600 s, and an agent replaces it after 1800 s: see whether the agent runs, and its log.';
let folder: string;
/** With which the checks go on. */
let after: DiagnosisContext;
let given: string | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agent-'));
  return () => rm(folder, { recursive: true });
});

async function said(agent: string | undefined, options: DiagnoseOptions = {}): Promise<Finding> {
  const check = await examined(
    async (scene) => {
      after = scene;
      await checkAgent(scene);
    },
    { agent, clock: new FakeClock({ wallMs }), ...options },
  );
  given = await after.tokens?.getToken();
  await after.tokens?.stop();
  return check('agent');
}

/** A file that was written as many seconds ago. */
async function file(text: string, agoSeconds: number): Promise<string> {
  const path = join(folder, 'token');
  await writeFile(path, text);
  await utimes(path, now - agoSeconds, now - agoSeconds);
  return path;
}

const ofHour = (agoSeconds: number): string =>
  key.signJwt({ iat: now - agoSeconds, exp: now - agoSeconds + 3_600 });

it('no agent is looked for where none is named', async () => {
  expect(await said(undefined)).toEqual({
    ...{
      description: 'the agent has a token that is new enough: no agent is named (option agent)',
      result: 'skipped',
    },
  });
  expect(after.options.tokenFile).toBeUndefined();
});

describe('a file', () => {
  it.each([
    [0, 'success'],
    [2_700, 'success'],
    [2_701, 'warning'],
    [3_599, 'warning'],
    [3_600, 'error'],
  ])('has a token of an hour that is %d s old: %s', async (ago, result) => {
    const path = await file(`${ofHour(ago)}\n`, ago);
    const found = await said(path);
    const error = `The token in ${path} is ${ago} s old. It ${replaced}`;
    if (result !== 'error') expect(found.description).toBe(`the token in ${path} is ${ago} s old`);
    expect(found).toMatchObject({
      result,
      ...(result !== 'success' && { code: 'DOCTOR_AGENT_LATE', error }),
    });
    expect(after.options).toMatchObject({ authEnabled: true, agent: path });
    expect(after.tokenFile).toBe(path);
  });

  it.each([
    [540, 'success'],
    [541, 'warning'],
  ])('has a token of ten minutes that is %d s old: %s', async (ago, result) => {
    const token = key.signJwt({ iat: now - ago, exp: now - ago + 600 });
    expect((await said(await file(token, ago))).result).toBe(result);
  });

  it.each([
    ['opaque'],
    [key.signJwt({ iat: now - 9_000 })],
    [key.signJwt({ exp: now - 9_000 })],
    [key.signJwt({ iat: now - 9_000, exp: now - 9_000 })],
  ])('has a token that does not say how long it lives: %#', async (token) => {
    const path = await file(token, -5);
    expect(await said(path)).toEqual({ description: `the token in ${path} is 0 s old`, result: 'success' });
  });

  it('is not there, or none', async () => {
    const path = join(folder, 'other');
    expect(await said(path)).toMatchObject({
      ...{ result: 'error', code: 'DOCTOR_AGENT_AWAY' },
      error: `There is no ${path}: no agent has written a token to it. Start the agent with --out ${path}; if it runs, its log says why it has none.`,
    });
    expect(await said(folder)).toMatchObject({
      ...{ result: 'error', code: 'TOKEN_FILE_UNREADABLE' },
      error: `The token file ${folder} cannot be read (EISDIR). Run the doctor as the user who reads the token.`,
    });
    expect((await said(await file('x'.repeat(65_537), 0))).error).toContain('(EFBIG)');
  });

  it('is waited for as long as one step', async () => {
    const path = await file('opaque', 0);
    const startTimer = (ring: () => void): { cancel: () => void } => {
      queueMicrotask(ring);
      return { cancel: () => undefined };
    };
    const clock = Object.assign(new FakeClock({ wallMs }), { startTimer });
    expect(await said(path, { clock })).toMatchObject({
      code: 'DOCTOR_CONNECTION_TIMED_OUT',
      error: `No text of ${path} within 5000 ms. Check routes, firewalls and network policies.`,
    });
  });
});

describe('an address', () => {
  type Answer = readonly [status: number, body: unknown];
  const pass = [200, { status: 'pass', reasons: [] }] as const satisfies Answer;
  const full = { access_token: 'opaque', token_type: 'Bearer', expires_in: 77 };
  let seen: unknown[];
  let sockets = 0;

  /** What is said of an agent that answers so; its address is AGENT. */
  async function ofAgent(
    readyz: Answer,
    token: Answer | 'breaks' | 'breaks off',
    options: DiagnoseOptions = {},
  ): Promise<Finding> {
    seen = [];
    const server = createServer(({ url, headers }, response) => {
      seen.push(url, headers.authorization);
      const answer = url === '/readyz' ? readyz : token;
      if (answer === 'breaks') response.destroy();
      else if (answer === 'breaks off') response.write('{', () => response.destroy());
      else
        response
          .writeHead(answer[0])
          .end(typeof answer[1] === 'string' ? answer[1] : JSON.stringify(answer[1]));
    });
    const at = join(folder, `${sockets++}.sock`);
    await once(server.listen(at), 'listening');
    const found = await said(`unix:${at}`, options);
    await new Promise((resolve) => server.close(resolve));
    return JSON.parse(JSON.stringify(found).replaceAll(`unix:${at}`, 'AGENT')) as Finding;
  }

  it('has a token, which the other checks look at', async () => {
    expect(await ofAgent(pass, [200, full])).toEqual({
      ...{ description: 'the agent at AGENT answers, and its token is good for 77 s', result: 'success' },
    });
    expect(seen).toEqual(['/readyz', undefined, '/token', undefined]);
    expect(given).toBe('opaque');
    expect(await ofAgent(pass, [200, { ...full, access_token: ofHour(60) }])).toMatchObject({
      description: 'the agent at AGENT answers, and its token is 60 s old',
    });
  });

  it('has a token that is late', async () => {
    expect(await ofAgent(pass, [200, { ...full, access_token: ofHour(2_900) }])).toEqual({
      ...{ description: 'the agent at AGENT answers, and its token is 2900 s old', result: 'warning' },
      code: 'DOCTOR_AGENT_LATE',
      error: `The agent at AGENT answers, and its token is 2900 s old. It ${replaced}`,
    });
  });

  it('wants the bearer of a file', async () => {
    const agentBearerFile = join(folder, 'bearer');
    await writeFile(agentBearerFile, ' sesame\n');
    await ofAgent(pass, [200, full], { agentBearerFile });
    expect(seen).toEqual(['/readyz', undefined, '/token', 'Bearer sesame']);
    const rejected = await ofAgent(pass, [401, {}], { agentBearerFile });
    expect(rejected).toMatchObject({
      ...{ result: 'error', code: 'DOCTOR_AGENT_REJECTS' },
      error:
        'The agent at AGENT rejects the bearer. Name the file of its --bearer-file with --bearer-file (agentBearerFile).',
    });
    expect(await ofAgent(pass, [200, full], { agentBearerFile: '/nowhere' })).toMatchObject({
      ...{ code: 'TEMPORAL_AUTH_SETTING_REJECTED' },
      error: 'The bearer of the agent cannot be read from /nowhere (ENOENT).',
    });
    await writeFile(agentBearerFile, 'x'.repeat(65_537));
    expect((await ofAgent(pass, [200, full], { agentBearerFile })).error).toContain('(EFBIG)');
  });

  it('is that of a server whose answer is longer than an agent gives one', async () => {
    const { error } = await ofAgent([200, { ...pass[1], more: 'x'.repeat(300_000) }], pass);
    expect(error).toContain('is no agent (status 200 at /readyz)');
  });

  const reasons = ['No token.', 7, 'No file.'];

  it.each<[string, Answer, Answer | 'breaks' | 'breaks off', string, string]>([
    [
      'no agent',
      [200, 'hello'],
      pass,
      'DOCTOR_AGENT_AWAY',
      'What answers at AGENT is no agent (status 200 at /readyz). Give the address of --listen.',
    ],
    [
      'half an agent',
      [404, { status: 'x' }],
      pass,
      'DOCTOR_AGENT_AWAY',
      'What answers at AGENT is no agent (status 404 at /readyz). Give the address of --listen.',
    ],
    [
      'the other half',
      [404, { reasons: [] }],
      pass,
      'DOCTOR_AGENT_AWAY',
      'What answers at AGENT is no agent (status 404 at /readyz). Give the address of --listen.',
    ],
    [
      'without a token',
      pass,
      [503, { message: 'Soon.' }],
      'DOCTOR_AGENT_UNREADY',
      'The agent at AGENT is not ready: Soon. See its log.',
    ],
    [
      'without a reason',
      pass,
      [503, {}],
      'DOCTOR_AGENT_UNREADY',
      'The agent at AGENT is not ready: status 503 at /token. See its log.',
    ],
    ...(['breaks', 'breaks off'] as const).map((does): [string, Answer, typeof does, string, string] => [
      `one that ${does}`,
      pass,
      does,
      'DOCTOR_AGENT_AWAY',
      'No agent answers at AGENT (ECONNRESET). Start it with --listen, or give its address.',
    ]),
    [
      'one that is not ready, and breaks off',
      [503, { status: 'fail', reasons }],
      'breaks',
      'DOCTOR_AGENT_UNREADY',
      'The agent at AGENT is not ready: No token.; No file. See its log.',
    ],
  ])('is that of %s', async (_what, readyz, token, code, error) => {
    expect(await ofAgent(readyz, token)).toEqual({
      ...{ description: 'the agent has a token that is new enough', result: 'error', code, error },
    });
  });

  it('is that of one that is not ready', async () => {
    expect(await ofAgent([503, { status: 'fail', reasons }], [200, full])).toEqual({
      ...{ description: 'the agent at AGENT answers, and its token is good for 77 s', result: 'warning' },
      ...{
        code: 'DOCTOR_AGENT_UNREADY',
        error: 'The agent at AGENT is not ready: No token.; No file. See its log.',
      },
    });
  });

  it('is that of nobody, or no address', async () => {
    const agent = `http://127.0.0.1:${await unusedPort()}`;
    expect(await said(agent)).toMatchObject({
      ...{ code: 'DOCTOR_AGENT_AWAY' },
      error: `No agent answers at ${agent} (ECONNREFUSED). Start it with --listen, or give its address.`,
    });
    expect(await said('HTTPS://127.0.0.1:1')).toMatchObject({
      ...{ code: 'TEMPORAL_AUTH_SETTING_REJECTED' },
      error: 'An agent is http://host:port, unix:/path or a file, and never https.',
    });
    // A file of such a name.
    expect(await said('a-unix:b')).toMatchObject({
      error: expect.stringMatching(/^There is no a-unix:b:/) as string,
    });
  });

  it('is waited for as long as one step', async () => {
    const server = createServer(() => undefined);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const agent = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await said(agent, { timeoutMs: 100, clock: undefined })).toMatchObject({
      error: `No answer of an agent at ${agent} within 100 ms. Check routes, firewalls and network policies.`,
    });
    server.closeAllConnections();
    server.close();
  });
});
