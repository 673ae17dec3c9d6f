import { once } from 'node:events';
import { type IncomingMessage, request, type RequestOptions } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FaultRefusedError } from '../src/demo/fault-board.ts';
import { type PageServer, startPageServer } from '../src/demo/page/server.ts';

const press = vi.fn<(name: string) => void>();
let revision = 1;
let server: PageServer;

beforeEach(async () => {
  revision = 1;
  press.mockReset();
  const read = (since: number) => ({ revision, since, text: 'what happens' });
  server = await startPageServer({ read, press });
});
afterEach(() => server[Symbol.asyncDispose]());

async function open(path: string, options: RequestOptions = {}): Promise<IncomingMessage> {
  const asking = request(new URL(path, server.url), { agent: false, ...options });
  asking.end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  return response.setEncoding('utf8');
}

async function ask(path: string, options: RequestOptions = {}): Promise<{ status: number; body: string }> {
  const response = await open(path, options);
  const chunks = (await response.toArray()) as string[];
  return { status: response.statusCode ?? 0, body: chunks.join('') };
}

const post = (origin: string | undefined): RequestOptions => ({
  ...{ method: 'POST', headers: origin === undefined ? {} : { origin } },
});
const ownOrigin = (): string => new URL(server.url).origin;

describe('the files', () => {
  it.each([
    ['/', 'text/html', 'Break something'],
    ['/page.js', 'text/javascript', 'EventSource'],
    ['/chart.js', 'text/javascript', 'drawChart'],
    ['/page.css', 'text/css', 'color-scheme'],
  ])('%s is %s', async (path, type, text) => {
    const response = await open(path);
    expect(response.headers['content-type']).toContain(type);
    expect(((await response.toArray()) as string[]).join('')).toContain(text);
  });

  it('come with a policy that lets only these files run, in no frame', async () => {
    const { headers } = await open('/');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
  });

  it.each(['/server.ts', '/../main.ts', '/%2e%2e/main.ts', '/faults/refuse', '/Faults'])(
    '%s is none of them',
    async (path) => {
      expect(await ask(path)).toMatchObject({ status: 404 });
    },
  );
});

describe('the events', () => {
  it('are everything at first, then what is new since what was told', async () => {
    const response = await open('/events');
    expect(response.headers['content-type']).toBe('text/event-stream');
    const [first] = (await once(response, 'data')) as [string];
    revision = 7;
    const [second] = (await once(response, 'data')) as [string];
    const [third] = (await once(response, 'data')) as [string];
    expect(
      [first, second, third].map((event) => JSON.parse(event.slice('data: '.length)) as unknown),
    ).toEqual([
      { revision: 1, since: 0, text: 'what happens' },
      { revision: 7, since: 1, text: 'what happens' },
      { revision: 7, since: 7, text: 'what happens' },
    ]);
  });

  it('close with the last state and with an end, after which nobody listens', async () => {
    const response = await open('/events');
    await once(response, 'data');
    const rest = response.toArray() as Promise<string[]>;
    revision = 9;
    await server[Symbol.asyncDispose]();
    expect((await rest).join('')).toMatch(/"revision":9.*\n\nevent: end\ndata: \{\}\n\n$/);
    await expect(open('/')).rejects.toThrow('ECONNREFUSED');
  });
});

describe('a button', () => {
  it('is pressed by the page itself', async () => {
    expect(await ask('/faults/rotate-secret', post(ownOrigin()))).toEqual({
      ...{ status: 202, body: '{"pressed":"rotate-secret"}' },
    });
    expect(press).toHaveBeenCalledWith('rotate-secret');
  });

  it.each(['http://evil.example', 'null', undefined])('is not pressed by the origin %s', async (origin) => {
    expect(await ask('/faults/rotate-secret', post(origin))).toMatchObject({ status: 403 });
    expect(press).not.toHaveBeenCalled();
  });

  it.each([
    [true, 409],
    [false, 404],
  ])('that is refused (known: %s) answers %d, and why', async (isKnown, status) => {
    press.mockImplementation(() => {
      throw new FaultRefusedError('Temporal is your own', isKnown);
    });
    expect(await ask('/faults/refuse', post(ownOrigin()))).toEqual({
      ...{ status, body: '{"error":"Temporal is your own"}' },
    });
  });

  it('is not pressed by a GET', async () => {
    expect(await ask('/faults/rotate-secret')).toMatchObject({ status: 404 });
    expect(press).not.toHaveBeenCalled();
  });
});

describe('a call by another name', () => {
  it.each(['evil.example', 'evil.example:80', '127.0.0.1', '127.0.0.1:1'])(
    '%s gets nothing',
    async (host) => {
      for (const path of ['/', '/events']) {
        const { status, body } = await ask(path, { headers: { host } });
        expect([status, body]).toEqual([421, expect.not.stringContaining('what happens')]);
      }
      const origin = `http://${host}`;
      expect(await ask('/faults/refuse', { method: 'POST', headers: { host, origin } })).toMatchObject({
        ...{ status: 421 },
      });
      expect(press).not.toHaveBeenCalled();
    },
  );

  it('localhost is answered', async () => {
    const { port } = new URL(server.url);
    expect(await ask('/', { headers: { host: `localhost:${port}` } })).toMatchObject({ status: 200 });
  });
});
