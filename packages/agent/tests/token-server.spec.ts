import { assertNoLeak, MockOAuthServer, plantSecret, RecordingLogger } from '@worker-auth/testing-fakes';
import { TokenManagerError, TokenManagerErrorCode, type TokenSink } from '@worker-auth/token-manager';
import { createHash } from 'node:crypto';
import { request, type Server } from 'node:http';
import { connect } from 'node:net';
import { text as bodyOf } from 'node:stream/consumers';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { agentMetrics } from '../src/agent-metrics.ts';
import { listen, tokenServer, type TokenServerOptions } from '../src/token-server.ts';
import { ConnectivityError, TemporalAuthErrorCode } from '@worker-auth/calls/errors/temporal-auth-error';
import type { ApplicationTokens } from '@worker-auth/calls/tokens/application-tokens';
import { agentTokens } from './support/agent-tokens.ts';
import { authOptions } from '@worker-auth/calls/tests/auth-options';

const bearer = 'the bearer of the agent';
const authorization = `Bearer ${bearer}`;

let oauth: MockOAuthServer;
let tokens: ApplicationTokens;
let health: TokenServerOptions['health'];
let url: string;

/** Serves with these options; gives the address. */
async function serve(options: Partial<TokenServerOptions> = {}): Promise<string> {
  const sink = { error: undefined } as TokenServerOptions['sink'];
  const metrics = agentMetrics({ on: tokens.on, health });
  const server = tokenServer({ tokens, health, sink, metrics, bearer, host: '127.0.0.1', ...options });
  onTestFinished(() => {
    end(server);
  });
  return listen(server, { host: '127.0.0.1', port: 0 }, undefined);
}

beforeEach(async () => {
  oauth = await MockOAuthServer.start({ clientSecret: plantSecret() });
  ({ tokens, health } = agentTokens({ ...authOptions(oauth), logger: new RecordingLogger() }));
  url = await serve();
  onTestFinished(async () => {
    await tokens.stop();
    await oauth.stop();
  });
});

function end(server: Server): void {
  server.close();
  server.closeAllConnections();
}

interface Got {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

async function get(path: string, headers: Record<string, string> = {}): Promise<Got> {
  const response = await fetch(`${url}${path}`, { headers });
  return { status: response.status, headers: response.headers, body: await response.text() };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('/token', () => {
  it('gives the token, its type and what is left of its life', async () => {
    const { status, headers, body } = await get('/token', { authorization });
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(JSON.parse(body)).toEqual({
      access_token: oauth.issuedTokens[0],
      token_type: 'Bearer',
      expires_in: expect.closeTo(3_595, -1) as number,
    });
  });

  it.each([{}, { authorization: 'Bearer another' }, { authorization: bearer }])(
    'gives nothing to a caller who presents %j',
    async (headers) => {
      await tokens.getToken();
      const { status, headers: answered, body } = await get('/token', headers);
      expect([status, answered.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect(body).toBe(`{"message":"Present the agent's bearer."}\n`);
      assertNoLeak(body, oauth.issuedTokens);
    },
  );

  it('gives another one to all who say that theirs was rejected, for one request', async () => {
    const token = await tokens.getToken();
    const ask = (): Promise<Got> => get(`/token?rejected=${sha256(token)}`, { authorization });
    const served = (await Promise.all(Array.from({ length: 50 }, ask))).map(
      ({ body }) => (JSON.parse(body) as { access_token: string }).access_token,
    );
    expect(oauth.issuedTokens).toHaveLength(2);
    expect(new Set(served)).toEqual(new Set([oauth.issuedTokens[1]]));
    // Who is late has the newer one already.
    expect((await ask()).body).toContain(oauth.issuedTokens[1]);
    expect(oauth.issuedTokens).toHaveLength(2);
  });

  it('says what is wrong, and when to come again, while there is none', async () => {
    oauth.failWith('unavailable503');
    const { status, headers, body } = await get('/token', { authorization });
    expect(status).toBe(503);
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(JSON.parse(body)).toMatchObject({ code: expect.stringMatching(/^TOKEN_/) as string });
    assertNoLeak(body, [oauth.clientSecret]);
  });

  it.each([
    [2_500, '3'],
    [10, '1'],
    [undefined, '1'],
  ])(
    'says to come again in whole seconds, where the next attempt is in %s ms',
    async (retryInMs, seconds) => {
      const error = new ConnectivityError('No token.', {
        code: TemporalAuthErrorCode.noValidToken,
        retryInMs,
      });
      const away = { peek: () => undefined, getToken: () => Promise.reject(error) };
      url = await serve({ tokens: away as unknown as ApplicationTokens });
      const { headers, body } = await get('/token', { authorization });
      expect(headers.get('retry-after')).toBe(seconds);
      expect(JSON.parse(body)).toEqual({ code: error.code, message: 'No token.' });
    },
  );

  it('is had first by one whose rejected token it never was', async () => {
    const { body } = await get(`/token?rejected=${sha256('older')}`, { authorization });
    expect(body).toContain(oauth.issuedTokens[0]);
  });

  it('asks for no other one for those whose rejected token is another, in whatever case its SHA-256 is', async () => {
    const token = await tokens.getToken();
    expect((await get(`/token?rejected=${sha256('older')}`, { authorization })).body).toContain(token);
    expect(oauth.issuedTokens).toHaveLength(1);
    await get(`/token?rejected=${sha256(token).toUpperCase()}`, { authorization });
    expect(oauth.issuedTokens).toHaveLength(2);
  });

  it('gives a reader in a loop three other ones, and says when the next may be had', async () => {
    let token = await tokens.getToken();
    const answers: Got[] = [];
    for (let round = 0; round < 20; round++) {
      answers.push(await get(`/token?rejected=${sha256(token)}`, { authorization }));
      token = tokens.peek() ?? '';
    }
    expect(oauth.issuedTokens).toHaveLength(4);
    const last = answers.at(-1);
    expect([last?.status, last?.headers.get('retry-after')]).toEqual([429, '30']);
    expect(JSON.parse(last?.body ?? '')).toMatchObject({ code: 'TOKEN_REQUEST_LIMITED' });
    expect((await get('/token', { authorization })).body).toContain(token);
  });

  it('gives those whose token was accepted for a while twelve a minute', async () => {
    let token = await tokens.getToken();
    const ask = () => get(`/token?rejected=${sha256(token)}&rejectedAs=revoked`, { authorization });
    for (let round = 0; round < 13; round++) {
      await ask();
      token = tokens.peek() ?? '';
    }
    expect(oauth.issuedTokens).toHaveLength(13);
    expect(await ask()).toMatchObject({ status: 429 });
  });

  it('rejects a rejectedAs that there is not', async () => {
    const path = `/token?rejected=${sha256('older')}&rejectedAs=other`;
    const { status, body } = await get(path, { authorization });
    expect([status, body]).toEqual([400, '{"message":"rejectedAs must be revoked or denied."}\n']);
  });

  it.each(['token', `${sha256('x')}0`, `0${sha256('x')}`])(
    'rejects %s in place of a SHA-256',
    async (rejected) => {
      const { status, body } = await get(`/token?rejected=${rejected}`, { authorization });
      expect([status, body]).toEqual([
        400,
        '{"message":"rejected must be the SHA-256 of the token, in hex."}\n',
      ]);
    },
  );
});

it.each([
  ['127.0.0.1', 'rebound.example:7070', 421],
  ['127.0.0.1', '127.0.0.1.example', 421],
  ['127.0.0.1', 'example@127.0.0.1', 421],
  ['127.0.0.1', 'rebound.example:localhost', 421],
  ['127.0.0.1', '127.0.0.1:70x', 421],
  ['127.0.0.1', 'localhost:7070', 200],
  ['127.0.0.1', '[::1]:7070', 200],
  ['agent.example', 'agent.example', 200],
  [undefined, 'rebound.example', 200],
])('at %s answers no page of a browser that comes by a name of its own: %s', async (host, by, expected) => {
  const { port } = new URL(await serve({ host }));
  const status = await new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: '/livez', headers: { host: by } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
  expect(status).toBe(expected);
});

it('is alive, and ready once there is a token that its file has', async () => {
  expect(await get('/livez')).toMatchObject({ status: 200, body: '{"status":"pass","reasons":[]}\n' });
  expect(await get('/readyz')).toMatchObject({
    ...{ status: 503, body: '{"status":"fail","reasons":["There is no token."],"conditions":[]}\n' },
  });
  await tokens.getToken();
  expect(await get('/readyz')).toMatchObject({
    ...{ status: 200, body: '{"status":"pass","reasons":[],"conditions":[]}\n' },
  });
  const code = TokenManagerErrorCode.fileUnwritable;
  const error = new TokenManagerError('The token cannot be written', { code });
  url = await serve({ sink: { error } as TokenSink });
  expect(await get('/readyz')).toMatchObject({
    status: 503,
    body: expect.stringContaining('cannot be written') as string,
  });
});

it('has the metrics of tokens, by the names that a worker has them', async () => {
  await tokens.getToken();
  oauth.failWith('unavailable503');
  await expect(tokens.getToken({ forceRefresh: true })).rejects.toThrow();
  const { body, headers } = await get('/metrics');
  expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(body).toMatch(/^worker_auth_token_refreshes_total\{worker_auth_refresh_outcome="success"\} 1$/m);
  expect(body).toMatch(
    /^worker_auth_token_refreshes_total\{worker_auth_refresh_outcome="failure",error_type="\w+"\} 1$/m,
  );
  expect(body).toMatch(/^worker_auth_token_request_duration_seconds_bucket\{le="\+Inf"\} 1$/m);
  expect(body).toMatch(/^worker_auth_token_expiration_timestamp_seconds \d{10}$/m);
});

it.each(['POST', 'DELETE'])('rejects %s, and paths that there are not', async (method) => {
  const response = await fetch(`${url}/token`, { method });
  const { status, headers } = response;
  expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  expect(await response.text()).toBe('{"message":"Only GET and HEAD."}\n');
  for (const path of ['/tokens', '//'])
    expect(await get(path)).toMatchObject({
      ...{ status: 404, body: '{"message":"There are /token, /livez, /readyz and /metrics."}\n' },
    });
});

it('answers HEAD as GET, without a body', async () => {
  const { status, headers, body } = await get('/livez');
  const head = await fetch(`${url}/livez`, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length')]).toEqual([status, String(body.length)]);
  expect(await head.text()).toBe('');
  expect(headers.get('content-type')).toBe('application/json');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

it('answers nobody who names no host, as HTTP/1.0 allows', async () => {
  const { port } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1').end('GET /livez HTTP/1.0\r\n\r\n');
  expect(await bodyOf(socket)).toMatch(/^HTTP\/1\.1 421 [^]*\{"message":"Unknown host\."\}\n$/);
});

it('says no more than that it failed where something of its own does', async () => {
  const broken = { peek: () => undefined, getToken: () => Promise.reject(new Error(bearer)) };
  url = await serve({ tokens: broken as unknown as ApplicationTokens });
  expect((await get('/token', { authorization })).status).toBe(500);
  url = await serve({
    metrics: () => {
      throw new Error(bearer);
    },
  });
  expect(await get('/metrics')).toMatchObject({ status: 500, body: '{"message":"The agent failed."}\n' });
});
