import { ConnectProxy, type ConnectProxyOptions, LoopbackServer } from '@worker-auth/testing-fakes';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type HttpProxy, nodeFetch, openTunnel } from '../src/network.ts';

const authority = 'server.invalid:80';
const target = new URL(`http://${authority}/asked`);

interface Scene {
  readonly proxy: ConnectProxy;
  readonly server: LoopbackServer;
}

async function openScene(options: Partial<ConnectProxyOptions> = {}): Promise<Scene> {
  const server = await LoopbackServer.start((request, response) => {
    response.end(`${request.headers.host ?? ''} ${request.url ?? ''}`);
  });
  const proxy = await ConnectProxy.start({ routes: { [authority]: server.port }, ...options });
  onTestFinished(async () => {
    await proxy.stop();
    await server.stop();
  });
  return { proxy, server };
}

function proxyAt(port: number, password?: string): HttpProxy {
  const place = { host: '127.0.0.1', port, address: `127.0.0.1:${port}` };
  return password === undefined ? place : { ...place, login: () => ({ username: 'user', password }) };
}

/** A server of TCP that does with its first connection what it is told. */
async function openRaw(answer: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      answer(socket);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe('openTunnel', () => {
  it('connects to what the proxy reaches, by the name that the proxy knows', async () => {
    const { proxy } = await openScene();
    const socket = await openTunnel(proxyAt(proxy.port), authority);
    const response = await nodeFetch(target, {}, { createConnection: () => socket });
    expect(await response.text()).toBe('server.invalid /asked');
    expect([proxy.asked, proxy.tunnels]).toEqual([[authority], 1]);
  });

  it('tells the proxy the login that it asks for', async () => {
    const { proxy } = await openScene({ login: 'user:p@ss:ö' });
    (await openTunnel(proxyAt(proxy.port, 'p@ss:ö'), authority)).destroy();
    expect(proxy.tunnels).toBe(1);
  });

  it('fails with the status of a proxy that rejects, and with nothing else', async () => {
    const { proxy } = await openScene({ login: 'user:other' });
    const error: unknown = await openTunnel(proxyAt(proxy.port, 'pass'), authority).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'PROXY_407' });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('pass');
  });

  it('fails with the code of the system when the proxy is not there', async () => {
    const { proxy } = await openScene();
    const { port } = proxy;
    await proxy.stop();
    await expect(openTunnel(proxyAt(port), authority)).rejects.toMatchObject({ code: 'PROXY_ECONNREFUSED' });
  });

  it('fails when the proxy ends the connection without an answer', async () => {
    const port = await openRaw((socket) => socket.destroy());
    await expect(openTunnel(proxyAt(port), authority)).rejects.toMatchObject({ code: 'PROXY_ECONNRESET' });
  });

  it('gives what came together with the answer of the proxy', async () => {
    const port = await openRaw((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nearly'));
    const socket = await openTunnel(proxyAt(port), authority);
    const [data] = (await once(socket, 'data')) as [Buffer];
    expect(data.toString()).toBe('early');
    socket.destroy();
  });

  it("ends with the signal's reason, before and while the proxy says nothing", async () => {
    const { promise: asked, resolve } = Promise.withResolvers<Socket>();
    const port = await openRaw(resolve);
    const reason = new Error('left');
    await expect(openTunnel(proxyAt(port), authority, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const waiting = openTunnel(proxyAt(port), authority, controller.signal);
    const closed = once(await asked, 'close');
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await closed;
  });

  it('shows nothing of the login when the proxy is printed', () => {
    const proxy = proxyAt(3128, 'secret-word');
    expect(inspect(proxy, { depth: 20, showHidden: true }) + JSON.stringify(proxy)).not.toContain(
      'secret-word',
    );
  });
});
