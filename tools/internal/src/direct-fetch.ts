import type { Agent } from 'node:http';
import { isLoopbackHost } from './loopback.ts';
import { nodeModules } from './node-modules.ts';
import { nodeFetch, type NodeRequest } from './node-fetch.ts';

/** Whether the host asked last is this one: most processes ask one host, and reading its name costs a fortieth of a request. */
let lastHost: { readonly hostname: string; readonly isLoopback: boolean } | undefined;

/** Of our own, since Node gives the settings of the proxy to its global ones. */
const agents = new Map<string, Agent>();

/**
 * A request that goes through no proxy, whatever the environment says. With `NODE_USE_ENV_PROXY` Node sends what is meant for this machine
 * to the proxy too, unless `NO_PROXY` names it. It goes through a tunnel, but in plain text, so that the proxy reads the secret, and to the proxy's
 * own loopback. It has a connection of its own: Deno by itself repeats one whose connection was kept and is reset. Follows no redirect.
 *
 * @throws the signal's reason; what the connection throws
 */
export async function directFetch(url: string, init: NodeRequest): Promise<Response> {
  const target = new URL(url);
  return nodeFetch(target, init, { agent: await directAgent(target) });
}

/**
 * The same for hosts of which {@link isLoopbackHost} is true, and the host's own `fetch`, with what it knows of proxies, for all others. Keeps no
 * connection: a kept one may lead to a host that no longer has the name. Follows no redirect.
 *
 * @throws the signal's reason; what the connection throws
 */
export async function hostFetch(url: string | URL, init: NodeRequest): Promise<Response> {
  const target = typeof url === 'string' ? new URL(url) : url;
  if (isThisHost(target.hostname)) return nodeFetch(target, init, { agent: await directAgent(target) });
  await freeConnectionsRead();
  // It gives up connecting after 10 s by itself.
  return fetch(target, { ...init, headers: { ...init.headers, connection: 'close' }, redirect: 'manual' });
}

function isThisHost(hostname: string): boolean {
  if (lastHost?.hostname !== hostname) lastHost = { hostname, isLoopback: isLoopbackHost(hostname) };
  return lastHost.isLoopback;
}

/**
 * Everything that has arrived is read. A connection that somebody else keeps, and that has given more than it was asked for, is closed by that.
 * Else its late second answer would be taken for the one of the next request.
 */
async function freeConnectionsRead(): Promise<void> {
  const { setImmediate } = await nodeModules.timers();
  // The second is the first that surely has polled in between.
  await new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
}

async function directAgent({ protocol }: URL): Promise<Agent> {
  const known = agents.get(protocol);
  if (known !== undefined) return known;
  const { Agent } = protocol === 'https:' ? await nodeModules.https() : await nodeModules.http();
  const agent = agents.get(protocol) ?? new Agent();
  agents.set(protocol, agent);
  return agent;
}
