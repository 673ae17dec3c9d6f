import { sleep, systemClock } from '@worker-auth/internal';
import type { HttpFault } from '@worker-auth/testing-fakes';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TokenManagerErrorCode as codes, TokenRequestError } from '../../src/errors.ts';
import type { FetchLike } from '../../src/request/http-transport.ts';
import { openScene, rejectionOf, startServer } from '../support.ts';

const tokenResponse = (): Response =>
  Response.json({ access_token: 'x', token_type: 'Bearer', expires_in: 60 });

/** A fetch that ignores its signal, and answers when the test says so. */
function deafFetch(): {
  readonly fetch: FetchLike;
  readonly called: Promise<undefined>;
  readonly calls: () => number;
  readonly answer: (response: Response) => void;
  readonly fail: (error: unknown) => void;
} {
  const called = Promise.withResolvers<undefined>();
  const response = Promise.withResolvers<Response>();
  let calls = 0;
  const fetch: FetchLike = () => {
    calls++;
    called.resolve(undefined);
    return response.promise;
  };
  return {
    fetch,
    called: called.promise,
    calls: () => calls,
    answer: response.resolve,
    fail: response.reject,
  };
}

/** A body that never ends, and what says that its connection was let go. */
function openBody() {
  const { promise: cancelled, resolve } = Promise.withResolvers<undefined>();
  const body = new ReadableStream<Uint8Array>({
    cancel: () => {
      resolve(undefined);
    },
  });
  return { body, cancelled };
}

describe('a fetch that ignores its signal', () => {
  it('is given up after timeoutMs, not one millisecond before', async () => {
    const deaf = deafFetch();
    const { server, clock, tokens } = await openScene({ fetch: deaf.fetch, timeoutMs: 2_500 });
    let isOver = false;
    const failing = rejectionOf(tokens.getToken()).finally(() => (isOver = true));
    await deaf.called;
    await clock.advance(2_499);
    expect(isOver).toBe(false);
    await clock.advance(1);
    expect(await failing).toMatchObject({
      code: codes.timedOut,
      message: expect.stringContaining(
        `No whole response from ${server.tokenUrl} within 2500 ms. Check`,
      ) as unknown,
    });
  });

  it('sends nothing again when it fails after it was given up', async () => {
    const deaf = deafFetch();
    const { clock, tokens } = await openScene({ fetch: deaf.fetch });
    const failing = rejectionOf(tokens.getToken());
    await deaf.called;
    await clock.advance(10_000);
    await failing;
    deaf.fail(Object.assign(new Error('broke'), { code: 'ECONNRESET' }));
    // A repetition would leave after a timer of 0 ms, which ends before this one.
    await sleep(systemClock, 20);
    expect(deaf.calls()).toBe(1);
  });

  it('whose body never ends is given up too, and has its connection let go', async () => {
    const { body, cancelled } = openBody();
    const endless = new Response(body);
    const { clock, tokens } = await openScene({ fetch: () => Promise.resolve(endless) });
    const failing = rejectionOf(tokens.getToken());
    await clock.advance(10_000);
    expect(await failing).toMatchObject({ code: codes.timedOut });
    await cancelled;
  });

  it('that answers after all has its connection let go', async () => {
    const deaf = deafFetch();
    const { clock, tokens } = await openScene({ fetch: deaf.fetch });
    const failing = rejectionOf(tokens.getToken());
    await deaf.called;
    await clock.advance(10_000);
    await failing;
    const { body, cancelled } = openBody();
    deaf.answer(new Response(body));
    await cancelled;
  });
});

describe('a fetch that gives garbage', () => {
  const used = async (): Promise<Response> => {
    const response = tokenResponse();
    await response.text();
    return response;
  };

  it.each<readonly [string, () => unknown]>([
    ['nothing', () => undefined],
    ['no headers', () => ({ status: 200, bodyUsed: false, body: null })],
    ['no word of its body', () => ({ status: 200, headers: new Headers(), body: null })],
    ['a body that was read already', used],
  ])('is a typed error that names the option: %s', async (_name, give) => {
    const { tokens } = await openScene({ fetch: () => Promise.resolve(give() as Response) });
    const error = await rejectionOf(tokens.getToken());
    expect(error).toBeInstanceOf(TokenRequestError);
    expect(error).toMatchObject({
      code: codes.invalidResponse,
      message: expect.stringContaining('option fetch') as unknown,
    });
  });

  it.each<readonly [string, () => unknown]>([
    ['a text', () => 'canary'],
    ['nothing', () => undefined],
    [
      'an error that is its own cause',
      () => {
        const error = new Error('canary');
        error.cause = error;
        return error;
      },
    ],
  ])('or throws it is a typed error without it: %s', async (_name, thrown) => {
    const { tokens } = await openScene({
      fetch: () => {
        throw thrown();
      },
    });
    const error = await rejectionOf(tokens.getToken());
    expect(error).toMatchObject({ code: codes.unreachable });
    expect(error).not.toHaveProperty('cause');
    expect(String(error)).not.toContain('canary');
  });

  it('is told from one that gives a response of another realm', async () => {
    const { status, headers, body, bodyUsed } = tokenResponse();
    const foreign: unknown = { status, headers, body, bodyUsed };
    const { tokens } = await openScene({ fetch: () => Promise.resolve(foreign as Response) });
    expect(await tokens.getToken()).toBe('x');
  });
});

it.each([300, 302, 399])(
  'a redirect of status %i is not followed, and its connection is let go',
  async (status) => {
    const { body, cancelled } = openBody();
    const { server, tokens } = await openScene({
      fetch: () => Promise.resolve(new Response(body, { status })),
    });
    const error = await rejectionOf(tokens.getToken());
    expect(error).toMatchObject({ code: codes.redirected, status });
    expect(String(error)).toContain(`${server.tokenUrl} answered with the redirect ${status}`);
    expect(String(error)).toContain('Configure the final URL');
    await cancelled;
  },
);

describe('an error of the transport', () => {
  it('names origin and path, and no more of the URL', async () => {
    const { server, tokens } = await openScene({
      tokenUrl: 'https://issuer.example/token?key=canary',
      fetch: () => Promise.reject(new Error('canary')),
    });
    const error = String(await rejectionOf(tokens.getToken()));
    expect(error).toContain(
      'No response from https://issuer.example/token: the connection failed. Check the URL',
    );
    expect(error).not.toContain('canary');
    expect(server.requests).toEqual([]);
  });

  it('is about the proxy where that opened no tunnel', async () => {
    const rejection = Object.assign(new Error('canary'), { code: 'PROXY_407' });
    const { tokens } = await openScene({ fetch: () => Promise.reject(rejection) });
    const error = await rejectionOf(tokens.getToken());
    expect(error).toMatchObject({ code: codes.unreachable, networkCode: 'PROXY_407' });
    expect(String(error)).toMatch(/: the proxy opened no tunnel \(PROXY_407\)\. Check the proxy's address/);
  });

  it.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])(
    'of a connection that broke is followed by no other request: %s',
    async (code) => {
      let calls = 0;
      const { tokens } = await openScene({
        fetch: () => {
          calls++;
          return Promise.reject(Object.assign(new Error('broke'), { code }));
        },
      });
      expect(String(await rejectionOf(tokens.getToken()))).toContain(`failed (${code})`);
      expect(calls).toBe(1);
    },
  );

  it('of a connection that never was is followed by none', async () => {
    let calls = 0;
    const { tokens } = await openScene({
      fetch: () => {
        calls++;
        return Promise.reject(Object.assign(new Error('rejected'), { code: 'ECONNREFUSED' }));
      },
    });
    await rejectionOf(tokens.getToken());
    expect(calls).toBe(1);
  });
});

describe('a long response', () => {
  const long = (status: number, headers: Record<string, string> = {}): HttpFault => ({
    status,
    headers,
    body: JSON.stringify({ error: 'x', p: 'x'.repeat(300_000) }),
  });

  it.each([
    [401, codes.clientRejected],
    [403, codes.denied],
    [404, codes.rejected],
    [503, codes.unavailable],
  ])('of status %i keeps its class', async (status, code) => {
    const { server, tokens } = await openScene();
    server.failWith(long(status));
    expect(await rejectionOf(tokens.getToken())).toMatchObject({ code, status });
  });

  it('of status 429 keeps the wait that its headers ask for', async () => {
    const { server, tokens } = await openScene();
    server.failWith(long(429, { 'retry-after': '7' }));
    expect(await rejectionOf(tokens.getToken())).toMatchObject({
      code: codes.throttled,
      retryAfterMs: 7_000,
    });
  });

  it('of a success is rejected, also when what was read of it is a whole token response', async () => {
    const { server, tokens } = await openScene();
    server.failWith({
      body: JSON.stringify({ access_token: 'x', token_type: 'Bearer', expires_in: 60 }) + ' '.repeat(300_000),
    });
    expect(await rejectionOf(tokens.getToken())).toMatchObject({ code: codes.invalidResponse, status: 200 });
  });
});

it('a proxy of the environment never sees a token request to this host', async () => {
  const seen: string[] = [];
  const proxy = createServer((socket) => {
    seen.push('connection');
    socket.destroy();
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => void proxy.close());
  const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const server = await startServer();
  const program = `
    const { TokenManager } = await import('@worker-auth/token-manager');
    const tokens = new TokenManager({
      tokenUrl: '${server.tokenUrl}',
      credentials: { clientId: 'worker', clientSecret: 's3cret' },
    });
    console.log(await tokens.getToken());`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@worker-auth/source', '--input-type=module', '--eval', program],
    {
      cwd: import.meta.dirname,
      env: { ...process.env, NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxyUrl, NO_PROXY: '', no_proxy: '' },
    },
  );
  expect(stdout.trim()).toBe(server.issuedTokens[0]);
  expect(seen).toEqual([]);
});
