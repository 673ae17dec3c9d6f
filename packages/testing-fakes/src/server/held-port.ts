import { connect, type Socket } from 'node:net';
import process from 'node:process';

const address = '127.0.0.1';
/** More than the servers of a few hundred tests. Each costs a descriptor. */
const maxHeld = 1_000;
const held = new Map<number, Socket>();

/**
 * Keeps the port of a server that has stopped: the system chooses it for no other server, which would see the clients of this one. Connections are
 * refused there, and a server that asks for this port gets it. It keeps no process alive. Done on Linux alone.
 */
export function holdPort(port: number): void {
  if (process.platform !== 'linux' || held.has(port)) return;
  // Connected to itself it is bound, and nobody listens.
  const socket = connect({ host: address, port, localAddress: address, localPort: port });
  held.set(port, socket.unref());
  socket.on('error', () => undefined).on('close', () => held.delete(port));
  const [oldest] = held.values();
  if (held.size > maxHeld) oldest?.destroy();
}
