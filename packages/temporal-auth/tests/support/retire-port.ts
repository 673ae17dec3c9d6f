import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Keeps a port, at which a server of a test has ended, from being given to the server of a later one: a worker that outlives its test calls
 * for as long as the process lives, and would be seen there. Every connection is cut, as if the port was closed.
 */
export async function retirePort(port: number): Promise<void> {
  const server = createServer((socket) => socket.on('error', () => undefined).resetAndDestroy());
  // Somebody was faster: there is nothing left to keep.
  const listening = once(server.listen(port, '127.0.0.1'), 'listening').catch(() => undefined);
  server.unref();
  await listening;
}
