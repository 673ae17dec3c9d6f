import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hostFetch } from '../src/direct-fetch.ts';

interface ChattyServer {
  readonly port: number;
  /** The connections that were opened to it, in their order. */
  readonly sockets: readonly Socket[];
}

/** An answer as a server writes it. */
function answerOf(body: string): string {
  return `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

/** A server over raw TCP that answers with the path that it is asked for, and `more` after it. */
async function openServer(more = ''): Promise<ChattyServer> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      socket.write(answerOf(data.toString('latin1').split(' ')[1] ?? '') + more);
    });
  });
  await once(server.listen(0, '0.0.0.0'), 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, sockets };
}

/** A task of its own, which is how requests of different callers begin. */
async function get(url: string): Promise<string> {
  const text = await (await hostFetch(url, {})).text();
  await setImmediate();
  return text;
}

describe.each([
  ['this machine', '127.0.0.1'],
  // Another name of this machine, which nothing here knows as one.
  ['another machine', '0.0.0.0'],
])('hostFetch to %s', (_which, host) => {
  it('uses no connection again', async () => {
    const { port, sockets } = await openServer();
    expect(await get(`http://${host}:${port}/a`)).toBe('/a');
    expect(await get(`http://${host}:${port}/b`)).toBe('/b');
    expect(sockets).toHaveLength(2);
  });

  it('takes no late second answer for that of the next request', async () => {
    const { port, sockets } = await openServer();
    expect(await get(`http://${host}:${port}/a`)).toBe('/a');
    // In one turn: what was written has arrived, and nobody has read it.
    sockets[0]?.write(answerOf('/late'));
    expect(await get(`http://${host}:${port}/b`)).toBe('/b');
    expect(sockets).toHaveLength(2);
  });

  it('takes no second answer that came with the first', async () => {
    const { port, sockets } = await openServer(answerOf('/more'));
    expect(await get(`http://${host}:${port}/a`)).toBe('/a');
    expect(await get(`http://${host}:${port}/b`)).toBe('/b');
    expect(sockets).toHaveLength(2);
  });

  it('takes no answer of which a part came with the first', async () => {
    const { port, sockets } = await openServer('HTTP/1.1 200');
    expect(await get(`http://${host}:${port}/a`)).toBe('/a');
    sockets[0]?.write(answerOf('/late'));
    expect(await get(`http://${host}:${port}/b`)).toBe('/b');
    expect(sockets).toHaveLength(2);
  });
});
