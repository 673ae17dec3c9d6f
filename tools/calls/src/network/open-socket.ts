import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { openTunnel } from '@worker-auth/internal/network';
import { tlsName } from '../settings/host.ts';
import type { Network } from '../settings/network-settings.ts';
import { wayTo } from './way-to.ts';

/**
 * A socket to Temporal at `host:port`: by the proxy of the network where it has one for it, and over TLS with these options, unless they are `false`.
 *
 * @throws when it cannot be opened, and the signal's reason
 */
export async function openSocket(
  address: string,
  network: Network,
  tls: ConnectionOptions | false,
  signal: AbortSignal,
): Promise<Socket> {
  const { hostname, port, proxy } = wayTo(address, network);
  const named = tlsName(hostname);
  const socket =
    proxy === undefined
      ? connectTcp({ host: named.host, port, signal })
      : await openTunnel(proxy, `${hostname}:${port}`, signal);
  socket.setNoDelay();
  const opened = tls === false ? socket : connectTls({ ...named, ...tls, socket });
  // The signal ends it with an error that comes when nobody waits for it any more.
  opened.on('error', () => undefined);
  if (tls === false && !socket.connecting) return socket;
  try {
    await once(opened, tls === false ? 'connect' : 'secureConnect', { signal });
    return opened;
  } catch (error) {
    opened.destroy();
    throw error;
  }
}
