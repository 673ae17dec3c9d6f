import { LoopbackServer, type LoopbackServerOptions } from '@worker-auth/testing-fakes';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { globalAgent, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { promisify } from 'node:util';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it, type Mock, onTestFinished, vi } from 'vitest';
import { systemClock } from '../src/clock.ts';
import { directFetch, hostFetch } from '../src/direct-fetch.ts';

interface SeenServer {
  readonly url: string;
  readonly seen: readonly string[];
}

interface EchoServer extends SeenServer {
  readonly requests: readonly IncomingMessage[];
  readonly server: LoopbackServer;
}

/** A server that sends each request's body back, and remembers what it was asked. */
async function openServer(options?: LoopbackServerOptions): Promise<EchoServer> {
  const seen: string[] = [];
  const requests: IncomingMessage[] = [];
  const server = await LoopbackServer.start((request, response) => {
    seen.push(`${request.method ?? ''} ${request.url ?? ''}`);
    requests.push(request);
    if (request.url === '/silent') return;
    const status = { '/empty': 204, '/moved': 307 }[request.url ?? ''] ?? 200;
    response.writeHead(status, { 'set-cookie': ['a=1', 'b=2'], location: '/elsewhere' });
    request.pipe(response);
  }, options);
  onTestFinished(() => server.stop());
  return { url: server.url, seen, requests, server };
}

/** A proxy that lets nothing through and remembers the first line of what it was asked. */
async function openProxy(): Promise<SeenServer> {
  const seen: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      seen.push(data.toString('latin1').split('\r\n')[0] ?? '');
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

/** What a process of its own, whose proxy is `proxy`, is answered to a body that it posts by this function. */
async function answeredBehindProxy(name: string, url: string, body: string, proxy: string): Promise<string> {
  const program = `
    const { ${name} } = await import('../src/network.ts');
    console.log(await (await ${name}('${url}', { method: 'POST', body: '${body}' })).text());`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: import.meta.dirname,
    env: {
      ...{ ...process.env, NODE_USE_ENV_PROXY: '1' },
      ...{ HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY: '', no_proxy: '' },
    },
  });
  return stdout.trim();
}

/** Reads an answer to its end, after which its connection is free. */
async function bodyOf(url: string): Promise<string> {
  const text = await (await directFetch(url, {})).text();
  await setImmediate();
  return text;
}

describe('a body that the server compressed', () => {
  const text = '{"access_token":"abc"}';
  const compressed = {
    gzip: gzipSync(text),
    'x-gzip': gzipSync(text),
    GZIP: gzipSync(text),
    deflate: deflateSync(text),
    br: brotliCompressSync(text),
    identity: Buffer.from(text),
    unheard: Buffer.from(text),
  };

  async function openCompressing(encoding: string, body: Buffer, status = 200): Promise<string> {
    const server = await LoopbackServer.start((_, response) => {
      response.writeHead(status, { 'content-encoding': encoding }).end(body);
    });
    onTestFinished(() => server.stop());
    return server.url;
  }

  it.each(Object.entries(compressed))('is read (%s)', async (encoding, body) => {
    const response = await directFetch(await openCompressing(encoding, body), {});
    expect(await response.text()).toBe(text);
  });

  it.each(['gzip', 'deflate', 'br'])('may be empty (%s)', async (encoding) => {
    const response = await directFetch(await openCompressing(encoding, Buffer.alloc(0), 401), {});
    expect(response.status).toBe(401);
    expect(await response.text()).toBe('');
  });

  it.each(['gzip', 'br'])('that is something else is an error of the body (%s)', async (encoding) => {
    const response = await directFetch(await openCompressing(encoding, Buffer.from(text)), {});
    await expect(response.text()).rejects.toThrow();
  });

  it('is given up together with its connection', async () => {
    const server = await LoopbackServer.start((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).write(gzipSync(text).subarray(0, 12));
      response.on('close', () => {
        closed.resolve(undefined);
      });
    });
    onTestFinished(() => server.stop());
    const closed = Promise.withResolvers<undefined>();
    await (await directFetch(server.url, {})).body?.cancel();
    await closed.promise;
  });
});

describe('a response that no caller reads', () => {
  /** A server that answers with these headers and a body without end. Resolves when its connection is closed. */
  async function openEndless(head: string): Promise<{ url: string; closed: Promise<unknown> }> {
    const closed = Promise.withResolvers<undefined>();
    const server = createServer((socket) => {
      const more = (): void => {
        while (socket.writable && socket.write('5\r\nabcde\r\n'.repeat(1_000)));
      };
      socket.on('error', () => undefined).once('close', closed.resolve);
      socket.once('data', () => {
        socket.on('drain', more).write(`HTTP/1.1 ${head}\r\ntransfer-encoding: chunked\r\n\r\n`);
        more();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      closed: closed.promise,
    };
  }

  it.each(['000 None', '101 Switching', '600 None', '999 None'])(
    'has a status that is none: its connection ends (%s)',
    async (head) => {
      const { url, closed } = await openEndless(head);
      await expect(hostFetch(url, {})).rejects.toMatchObject({ code: 'HPE_INVALID_STATUS' });
      await closed;
    },
  );

  it('has a status without a body, and a body all the same: its connection ends', async () => {
    const { url, closed } = await openEndless('205 Reset Content');
    expect((await hostFetch(url, {})).status).toBe(205);
    await closed;
  });
});

describe('directFetch to this machine', () => {
  it('sends method, headers and body, and gives the answer', async () => {
    const { url, seen } = await openServer();
    const response = await directFetch(`${url}/echo?a=b`, {
      method: 'POST',
      headers: { a: 'b' },
      body: 'ä=ö',
    });
    expect(await response.text()).toBe('ä=ö');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(seen).toEqual(['POST /echo?a=b']);
  });

  it('says how many bytes the body has, and nothing of a body that is not there', async () => {
    const { url, requests } = await openServer();
    await directFetch(url, { method: 'PUT', headers: { a: 'b' }, body: 'ä=ö' });
    await directFetch(url, {});
    expect(requests.map(({ method, headers }) => [method, headers['a'], headers['content-length']])).toEqual([
      ['PUT', 'b', '5'],
      ['GET', undefined, undefined],
    ]);
  });

  it('has a connection of its own for each request, and none among those of the host', async () => {
    const { url, server } = await openServer();
    for (const path of ['/', '/empty', '/empty', '/']) await bodyOf(`${url}${path}`);
    expect(server.connectionsSeen).toBe(4);
    const { sockets, freeSockets } = globalAgent;
    expect(Object.keys({ ...sockets, ...freeSockets }).join()).not.toContain(new URL(url).port);
  });

  it('has one of its own over TLS too', async () => {
    const { url, server, seen } = await openServer({ tls: true });
    const trusted = getCACertificates();
    setDefaultCACertificates([...trusted, server.caCertificate ?? '']);
    onTestFinished(() => {
      setDefaultCACertificates(trusted);
    });
    for (const path of ['/a', '/b', '/c']) await bodyOf(`${url}${path}`);
    expect(seen).toEqual(['GET /a', 'GET /b', 'GET /c']);
    expect(server.connectionsSeen).toBe(3);
  });

  it('speaks TLS where the URL says so', async () => {
    const { url, seen } = await openServer();
    await expect(directFetch(url.replace('http:', 'https:'), {})).rejects.toMatchObject({ code: 'EPROTO' });
    expect(seen).toEqual([]);
  });

  it('gives an answer without a body as one', async () => {
    const { url } = await openServer();
    const response = await directFetch(`${url}/empty`, {});
    expect([response.status, response.body]).toEqual([204, null]);
  });

  it('does not follow a redirect', async () => {
    const { url, seen } = await openServer();
    expect((await directFetch(`${url}/moved`, {})).status).toBe(307);
    expect(seen).toHaveLength(1);
  });

  it("ends with the signal's reason, before and during the request", async () => {
    const { url, seen } = await openServer();
    const reason = new Error('left');
    await expect(directFetch(url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const waiting = directFetch(`${url}/silent`, { signal: controller.signal });
    await expect.poll(() => seen).toHaveLength(1);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  it('throws what the connection throws', async () => {
    const server = await LoopbackServer.start(() => undefined);
    await server.stop();
    await expect(directFetch(server.url, {})).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('breaks off a body whose connection broke, and ends nothing else', async () => {
    const server = await LoopbackServer.start(async (_request, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('half');
      await once(response.socket ?? response, 'drain').catch(() => undefined);
    });
    const response = await directFetch(server.url, {});
    const text = response.text();
    await server.stop();
    await expect(text).rejects.toThrow();
  });

  it('does not keep the process alive for a connection that is idle', async () => {
    const server = await openServer();
    expect(await answeredBehindProxy('directFetch', `${server.url}/`, 'done', server.url)).toBe('done');
  });
});

describe('a connection', () => {
  /** Captures the timer of the next connection. */
  function capturedTimer() {
    const timer: { expire?: () => void; cancel: Mock } = { cancel: vi.fn() };
    const started = vi.spyOn(systemClock, 'startTimer').mockImplementation((expire) => {
      timer.expire = expire;
      return { cancel: timer.cancel };
    });
    onTestFinished(() => {
      started.mockRestore();
    });
    return timer;
  }

  it('that hangs in its TLS handshake ends in time', async () => {
    const silent = createServer((socket) => socket.once('data', () => timer.expire?.()));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const timer = capturedTimer();
    const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    await expect(directFetch(url, { connectTimeoutMs: 10_000 })).rejects.toMatchObject({
      code: 'UND_ERR_CONNECT_TIMEOUT',
    });
  });

  it.each([{}, { tls: true }])('that is open may wait for its answer: %o', async (options) => {
    const timer = capturedTimer();
    const server = await LoopbackServer.start(async (_request, response) => {
      await vi.waitUntil(() => timer.cancel.mock.calls.length > 0);
      response.end('late');
    }, options);
    onTestFinished(() => server.stop());
    const trusted = getCACertificates();
    setDefaultCACertificates([
      ...trusted,
      ...(server.caCertificate === undefined ? [] : [server.caCertificate]),
    ]);
    onTestFinished(() => {
      setDefaultCACertificates(trusted);
    });
    for (let request = 1; request <= 2; request++) {
      const response = await hostFetch(server.url, { connectTimeoutMs: 10_000 });
      expect(await response.text()).toBe('late');
      timer.cancel.mockClear();
    }
    expect(server.connectionsSeen).toBe(2);
  });
});

it.each([
  ['directFetch', 'this machine', '127.0.0.1'],
  // Another name of this machine, which nothing here knows as one.
  ['directFetch', 'another', '0.0.0.0'],
  ['hostFetch', 'this machine', '127.0.0.1'],
])('%s to %s goes past a proxy of the environment', async (name, _where, host) => {
  const [server, proxy] = [await openServer(), await openProxy()];
  const url = `${server.url.replace('127.0.0.1', host)}/token`;
  expect(await answeredBehindProxy(name, url, 'secret', proxy.url)).toBe('secret');
  expect([server.seen, proxy.seen]).toEqual([['POST /token'], []]);
});

describe('hostFetch', () => {
  it("hands a request to another machine to the host's fetch, and follows no redirect", async () => {
    const answer = new Response('elsewhere');
    const ofHost = vi.spyOn(globalThis, 'fetch').mockResolvedValue(answer);
    onTestFinished(() => {
      ofHost.mockRestore();
    });
    const request = { method: 'POST', headers: { a: 'b' }, body: 'asked' };
    expect(await hostFetch('https://idp.invalid/token', request)).toBe(answer);
    expect(ofHost.mock.calls).toEqual([
      [
        new URL('https://idp.invalid/token'),
        { ...request, headers: { a: 'b', connection: 'close' }, redirect: 'manual' },
      ],
    ]);
  });
});
