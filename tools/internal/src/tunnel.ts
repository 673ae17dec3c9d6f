import type { Socket } from 'node:net';
import { abortable } from './abortable.ts';
import { networkErrorCode } from './network-error.ts';
import { throwIfAborted } from './options.ts';

/** An HTTP proxy that opens tunnels (CONNECT, RFC 9110 section 9.3.6), spoken to in plain text. */
export interface HttpProxy {
  /** Its name or address; one of IPv6 has no brackets. */
  readonly host: string;
  readonly port: number;
  /** `host:port`, all that may be shown of it. */
  readonly address: string;
  /** What it asks for (RFC 7617); a function, so that no printout of the rest shows it. */
  readonly login?: (() => ProxyLogin) | undefined;
}

/** The user name and the password for a proxy. */
export interface ProxyLogin {
  readonly username: string;
  readonly password: string;
}

/**
 * A connection to `authority` through a proxy.
 *
 * @param authority `host:port`
 * @throws the signal's reason; an error whose code says that it is of the proxy: `PROXY_` and the status of its answer, `PROXY_407` for
 * example, or and the system's code, `PROXY_ECONNREFUSED` for example. It carries nothing else
 */
export async function openTunnel(
  { host, port, login }: HttpProxy,
  authority: string,
  signal?: AbortSignal,
): Promise<Socket> {
  throwIfAborted(signal);
  const { request } = await import('node:http');
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const connecting = request({
    host,
    port,
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...(login && { 'proxy-authorization': basic(login()) }) },
    // The global one may have a proxy of its own (NODE_USE_ENV_PROXY).
    agent: false,
    ...(signal !== undefined && { signal }),
  });
  connecting.once('connect', ({ statusCode = 0 }, socket: Socket, head) => {
    if (statusCode >= 200 && statusCode < 300) {
      if (head.length > 0) socket.unshift(head);
      // Whoever gets it listens a moment later.
      socket.on('error', () => undefined);
      resolve(socket);
      return;
    }
    socket.destroy();
    reject(proxyError(String(statusCode)));
  });
  connecting.on('error', (error) => {
    reject(proxyError(networkErrorCode(error) ?? 'FAILED'));
  });
  connecting.end();
  return abortable(promise, signal);
}

/** RFC 7617 section 2, with UTF-8. */
function basic({ username, password }: ProxyLogin): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function proxyError(reason: string): Error {
  return Object.assign(new Error(`The proxy opened no tunnel (${reason})`), { code: `PROXY_${reason}` });
}
