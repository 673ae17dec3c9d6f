import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Below those that Linux and macOS assign to connections and listeners: a port that is free now is not taken before its server listens. */
const range = [20_000, 32_768] as const;

/** @returns that many different free ports on 127.0.0.1 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  try {
    return await Promise.all(servers.map(listen));
  } finally {
    await Promise.all(servers.map(async (server) => once(server.close(), 'close')));
  }
}

/** @returns one free port on 127.0.0.1 */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

async function listen(server: Server): Promise<number> {
  const port = randomInt(...range);
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return port;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return listen(server);
  }
}
