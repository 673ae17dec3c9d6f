import { once } from 'node:events';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { ConnectProxy, type ConnectProxyOptions } from '../src/server/connect-proxy.ts';
import { LoopbackServer } from '../src/server/loopback-server.ts';

interface Scene {
  readonly proxy: ConnectProxy;
  readonly server: LoopbackServer;
}

async function openScene(options: Partial<ConnectProxyOptions> = {}): Promise<Scene> {
  const server = await LoopbackServer.start((_request, response) => void response.end('reached'));
  const proxy = await ConnectProxy.start({ routes: { 'server.invalid:80': server.port }, ...options });
  onTestFinished(async () => {
    await proxy.stop();
    await server.stop();
  });
  return { proxy, server };
}

/** The status of the proxy's answer, and what comes out of the tunnel. */
async function ask(
  { port }: ConnectProxy,
  path: string,
  headers: Record<string, string> = {},
): Promise<[number | undefined, Socket]> {
  const asking = request({ host: '127.0.0.1', port, method: 'CONNECT', path, headers, agent: false }).end();
  const [{ statusCode }, socket] = (await once(asking, 'connect')) as [{ statusCode?: number }, Socket];
  return [statusCode, socket];
}

it('closes a tunnel when its end rejects, or leaves', async () => {
  const { proxy, server } = await openScene();
  const [, socket] = await ask(proxy, 'server.invalid:80');
  socket.resume().write('GET / HTTP/1.1\r\nhost: server.invalid\r\n\r\n');
  const closed = once(socket, 'close');
  await server.stop();
  await closed;
  await expect(ask(proxy, 'server.invalid:80')).rejects.toMatchObject({ code: 'ECONNRESET' });
});

it('leaves its end when the client leaves', async () => {
  const { proxy, server } = await openScene();
  const [, socket] = await ask(proxy, 'server.invalid:80');
  socket.write('GET / HTTP/1.1\r\nhost: server.invalid\r\n\r\n');
  await once(socket, 'data');
  expect(server.openConnections).toBe(1);
  socket.destroy();
  await expect.poll(() => server.openConnections).toBe(0);
});

it('ends its tunnels when it is stopped', async () => {
  const { proxy } = await openScene();
  const [, socket] = await ask(proxy, 'server.invalid:80');
  socket.resume().on('error', () => undefined);
  const closed = once(socket, 'close');
  await proxy.stop();
  await closed;
  expect(socket.destroyed).toBe(true);
});
