import { once } from 'node:events';
import { chmod, chown, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { isLoopbackHost } from '@worker-auth/internal';
import { bareHost, hostAndPort } from '../settings/host.ts';

/** Where an agent listens: a TCP address, or a unix socket. */
export type ListenAddress = { readonly host: string; readonly port: number } | { readonly socket: string };

/**
 * Reads `127.0.0.1:7070`, `[::1]:7070`, `localhost:7070` or `unix:/run/worker-auth.sock`.
 *
 * @returns `undefined` for anything else
 */
export function readListenAddress(text: string): ListenAddress | undefined {
  const socket = /^unix:(\/.+)$/.exec(text)?.[1];
  if (socket !== undefined) return { socket };
  const [, host, port] = /^(\[[\da-f:.]+\]|[^:[\]/\s]+):(\d{1,5})$/i.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) return undefined;
  return { host: bareHost(host), port: Number(port) };
}

/** Whether nobody but this machine reaches the address. */
export function isLocal(address: ListenAddress): boolean {
  return 'socket' in address || isLoopbackHost(address.host);
}

/**
 * Listens there. A socket is for this user alone (0600), or for a group too (0660).
 *
 * @returns the address, with the port that was had
 * @throws Error of Node's `listen`, with a `code`
 */
export async function listen(
  server: Server,
  address: ListenAddress,
  groupId: number | undefined,
): Promise<string> {
  if (!('socket' in address)) {
    await once(server.listen(address.port, address.host), 'listening');
    return `http://${hostAndPort(address.host, (server.address() as AddressInfo).port)}`;
  }
  const { socket } = address;
  if (!(await isAnswered(socket))) await rm(socket, { force: true });
  const mask = process.umask(0o177);
  try {
    await once(server.listen(socket), 'listening');
  } finally {
    process.umask(mask);
  }
  if (groupId !== undefined) {
    await chown(socket, -1, groupId);
    await chmod(socket, 0o660);
  }
  return `unix:${socket}`;
}

/** Whether a process listens at a socket; one that was killed leaves its file behind. */
async function isAnswered(socket: string): Promise<boolean> {
  const attempt = connect(socket);
  try {
    await once(attempt, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    attempt.destroy();
  }
}
