import type { Agent } from 'node:http';
import { isLoopbackHost } from './loopback.ts';
import { nodeFetch, type NodeRequest } from './node-fetch.ts';

let httpAgent: Agent | undefined;
let httpsAgent: Agent | undefined;

/**
 * A request that goes through no proxy, whatever the environment says: with `NODE_USE_ENV_PROXY` Node sends what is meant for this machine
 * to the proxy too, unless `NO_PROXY` names it: through a tunnel, but in plain text, so that the proxy reads the secret, and to the proxy's
 * own loopback. Follows no redirect.
 *
 * @throws the signal's reason; what the connection throws
 */
export async function directFetch(url: string, init: NodeRequest): Promise<Response> {
  const target = new URL(url);
  return nodeFetch(target, init, { agent: await directAgent(target) });
}

/**
 * {@link directFetch} for hosts of which {@link isLoopbackHost} is true, and the host's own `fetch`, with what it knows of proxies, for all
 * others. Follows no redirect.
 *
 * @throws the signal's reason; what the connection throws
 */
export async function hostFetch(url: string, init: NodeRequest): Promise<Response> {
  const target = new URL(url);
  if (isLoopbackHost(target.hostname)) return directFetch(url, init);
  return fetch(target, { ...init, redirect: 'manual' });
}

/**
 * Loaded when needed; an agent of our own, since Node gives the settings of the proxy to its global one. Each request has a connection of its
 * own: they are rare, and Deno by itself repeats one whose connection was kept and is reset.
 */
async function directAgent({ protocol }: URL): Promise<Agent> {
  if (protocol === 'https:') {
    const https = await import('node:https');
    return (httpsAgent ??= new https.Agent({ keepAlive: false }));
  }
  const http = await import('node:http');
  return (httpAgent ??= new http.Agent({ keepAlive: false }));
}
