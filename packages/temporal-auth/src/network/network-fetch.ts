import { nodeFetch, type NodeRequest, openTunnel } from '@worker-auth/inlined/network';
import type { TokenManagerOptions } from '@worker-auth/token-manager';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import { connect, createSecureContext } from 'node:tls';
import { portOf } from '../settings/host.ts';
import type { Network } from '../settings/network.ts';
import { tlsName } from './tls-name.ts';

/**
 * What sends the requests for tokens: through the proxy, and to servers with a certificate of the trusted authorities.
 *
 * @returns `undefined` when nothing was said of either: then it is the `fetch` of the host
 * @throws ConfigurationError for certificates that cannot be read
 */
export function networkFetch({ proxyFor, certificates }: Network): TokenManagerOptions['fetch'] {
  const pem = certificates();
  if (proxyFor === undefined && pem === undefined) return undefined;
  const trusting = pem === undefined ? {} : { secureContext: createSecureContext({ ca: pem }) };
  // Of our own, since Node gives the settings of the environment's proxy to its global ones.
  const direct = {
    http: new HttpAgent({ keepAlive: true }),
    https: new HttpsAgent({ keepAlive: true, ...trusting }),
  };
  return async (url, init) => {
    const target = new URL(url);
    const isTls = target.protocol === 'https:';
    const request = init as NodeRequest;
    const port = portOf(target);
    const proxy = proxyFor?.(target.hostname, port);
    if (proxy === undefined) return nodeFetch(target, request, { agent: isTls ? direct.https : direct.http });
    const socket = await openTunnel(proxy, `${target.hostname}:${port}`, request.signal);
    const createConnection = (): Socket =>
      isTls ? connect({ socket, ...tlsName(target.hostname), ...trusting }) : socket;
    try {
      return await nodeFetch(target, request, { createConnection });
    } catch (error) {
      socket.destroy();
      throw error;
    }
  };
}
