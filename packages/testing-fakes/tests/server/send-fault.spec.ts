import { describe, expect, it, onTestFinished } from 'vitest';
import type { HttpFault } from '../../src/server/http-fault.ts';
import { LoopbackServer } from '../../src/server/loopback-server.ts';
import { sendFault } from '../../src/server/send-fault.ts';

const proper = { body: '{"a":"proper"}', requestBody: 'asked' };

async function serve(fault: HttpFault): Promise<{ server: LoopbackServer; ended: () => number }> {
  let ended = 0;
  const server = await LoopbackServer.start(async (_request, response) => {
    await sendFault(response, fault, proper);
    ended++;
  });
  onTestFinished(() => server.stop());
  return { server, ended: () => ended };
}

async function answerOf(fault: HttpFault): Promise<{ status: number; type: string | null; body: string }> {
  const { server } = await serve(fault);
  const response = await fetch(server.url, { redirect: 'manual' });
  return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
}

describe('in place of a rejection, a response', () => {
  const rejection = { status: 401, headers: { 'content-type': 'text/plain', 'x-own': 'yes' }, ...proper };

  it.each<[string, HttpFault, status: number, type: string, own: string | null, body: string]>([
    ['is that one when it is only late', { delayMs: 1 }, 401, 'text/plain', 'yes', proper.body],
    ['is made of it', { body: ({ status }) => `was ${status}` }, 401, 'text/plain', 'yes', 'was 401'],
    ['is 200 with a text of its own', { body: 'good' }, 200, 'application/json', null, 'good'],
    ['has no body with another status', { status: 503 }, 503, 'application/json', null, ''],
    ['has its body with its status', { status: 401 }, 401, 'application/json', null, proper.body],
    ['has more headers', { headers: { 'x-own': 'no' } }, 401, 'text/plain', 'no', proper.body],
  ])('%s', async (_what, fault, status, type, own, body) => {
    const server = await LoopbackServer.start((_request, response) => sendFault(response, fault, rejection));
    onTestFinished(() => server.stop());
    const { headers, ...response } = await fetch(server.url).then(async (answer) => ({
      headers: answer.headers,
      status: answer.status,
      body: await answer.text(),
    }));
    expect(response).toEqual({ status, body });
    expect([headers.get('content-type'), headers.get('x-own')]).toEqual([type, own]);
  });
});

describe('a response', () => {
  it('is made of the proper one and of the request', async () => {
    const body = ({ body: own, requestBody }: typeof proper): string => `${requestBody}: ${own}`;
    expect(await answerOf({ body })).toMatchObject({ body: `asked: ${proper.body}` });
  });

  it('comes byte by byte, whole, when it drips', async () => {
    const body = '{"a":"ü"}';
    const drip = { connection: 'drip', dripEveryMs: 0, status: 202, body } as const;
    expect(await answerOf(drip)).toMatchObject({ status: 202, body });
  });
});

describe('a connection', () => {
  it.each<[string, HttpFault, string]>([
    ['dropped', { connection: 'drop' }, 'UND_ERR_SOCKET'],
    ['reset', { connection: 'reset' }, 'ECONNRESET'],
  ])('is %s before any answer', async (_what, fault, code) => {
    const { server } = await serve(fault);
    await expect(fetch(server.url)).rejects.toMatchObject({ cause: { code } });
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['a length', {}],
    ['chunks', { 'transfer-encoding': 'chunked' }],
  ])('ends after half of a body with %s', async (_what, headers) => {
    const { server } = await serve({ connection: 'truncate', headers });
    const response = await fetch(server.url);
    expect(response.headers.has('content-length')).toBe(Object.keys(headers).length === 0);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const { value } = await reader.read();
    expect(Buffer.from(value ?? []).toString()).toBe(proper.body.slice(0, proper.body.length / 2));
    await expect(reader.read()).rejects.toThrow();
  });

  it.each<[string, HttpFault]>([
    ['hangs', { connection: 'hang' }],
    ['is silent', { connection: 'silence' }],
    ['drips', { connection: 'drip', dripEveryMs: 60_000 }],
    ['is slow', { delayMs: 60_000 }],
  ])('%s until the client leaves, and keeps nothing then', async (_what, fault) => {
    const { server, ended } = await serve(fault);
    const client = new AbortController();
    const reading = fetch(server.url, { signal: client.signal }).then((response) => response.text());
    await expect.poll(() => server.openConnections).toBe(1);
    client.abort();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    await expect.poll(ended).toBe(1);
  });

  it('sends headers and nothing more when it is silent', async () => {
    const { server } = await serve({ connection: 'silence', status: 202, body: 'four' });
    const { status, headers } = await fetch(server.url);
    expect([status, headers.get('content-length')]).toEqual([202, '4']);
  });
});
