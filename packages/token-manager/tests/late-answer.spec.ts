import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { TokenManager } from '../src/token-manager.ts';

/** A token response as a server writes it. */
function tokenResponse(token: string): string {
  const body = JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: 60 });
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

it('takes no late second response to another manager for the token of its own', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (request) => {
      const clientId = /client_id=(\w+)/.exec(request.toString('latin1'))?.[1];
      socket.write(tokenResponse(`token-of-${clientId}`));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const managerOf = (clientId: string): TokenManager =>
    new TokenManager({
      tokenUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
      credentials: { clientId, clientSecret: 'secret' },
    });
  const [first, second] = [managerOf('first'), managerOf('second')];
  onTestFinished(async () => {
    await Promise.all([first.stop(), second.stop()]);
    for (const socket of sockets) socket.destroy();
  });
  expect(await first.getToken()).toBe('token-of-first');
  await setImmediate();
  sockets[0]?.write(tokenResponse('late-token-of-first'));
  expect(await second.getToken()).toBe('token-of-second');
  expect(sockets).toHaveLength(2);
});
