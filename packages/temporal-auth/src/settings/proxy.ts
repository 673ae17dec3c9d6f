import { callSafely, type Environment, isLoopbackHost } from '@worker-auth/internal';
import type { HttpProxy, ProxyLogin } from '@worker-auth/internal/network';
import { BlockList, isIP } from 'node:net';
import { bareHost } from './host.ts';
import type { AtlanAuthClientOptions } from './auth-options.ts';
import { type Format, readAll } from './setting-reader.ts';

/** The proxy for a host; `undefined` when it is reached directly. */
export type ProxyFor = (host: string, port: number) => HttpProxy | undefined;

const httpProxy: Format<HttpProxy> = {
  parse: readProxyUrl,
  expected:
    "the URL of an HTTP proxy, http://host:port or http://user:password@host:port, the only kind that Temporal's SDK can go through",
};

/**
 * `proxy`, else `https_proxy` or `HTTPS_PROXY`, with the exceptions of `no_proxy` or `NO_PROXY` for each of them. This host itself is always
 * reached directly. `undefined` when no proxy is set.
 */
export function readProxy({ proxy: given }: AtlanAuthClientOptions, env: Environment): ProxyFor | undefined {
  if (given === false) return () => undefined;
  const proxy = readAll(env, (read) => read('proxy', given, httpProxy, 'https_proxy', 'HTTPS_PROXY'));
  if (proxy === undefined) return undefined;
  const isException = readNoProxy(env['no_proxy'] || env['NO_PROXY'] || '');
  return (host, port) => (isLoopbackHost(host) || isException(host, port) ? undefined : proxy);
}

function readProxyUrl(text: string): HttpProxy | undefined {
  if (text === 'true') return undefined;
  const spelledOut = text.includes('://') ? text : `http://${text}`;
  if (!URL.canParse(spelledOut)) return undefined;
  const { protocol, hostname, port, pathname, search, hash, username, password } = new URL(spelledOut);
  if (protocol !== 'http:' || `${pathname}${search}${hash}` !== '/') return undefined;
  // Its error quotes what it could not decode.
  const decode = (): ProxyLogin => ({
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
  });
  const login = callSafely(decode, undefined);
  // A user name with a colon would end there (RFC 7617 section 2).
  if (login === undefined || login.username.includes(':')) return undefined;
  const number = port === '' ? 80 : Number(port);
  return {
    host: bareHost(hostname),
    port: number,
    address: `${hostname}:${number}`,
    ...(username + password !== '' && { login: () => login }),
  };
}

/** Whether a host is reached without a proxy. The host is a name or an address, in brackets or not. */
type Exceptions = (host: string, port: number) => boolean;

/**
 * Reads the text of `NO_PROXY`: entries between commas or spaces. A name stands for itself and all names below it, whether it begins
 * with a dot, with `*.` or with neither; an address for itself, a block in CIDR notation for the addresses in it, and `*` for every host. One
 * with a port (`host:port`) holds for that port alone. Case makes no difference. Nothing is asked of a name service.
 */
export function readNoProxy(text: string): Exceptions {
  const exceptions = [...text.toLowerCase().matchAll(/[^\s,]+/g)].map(([entry]) => readEntry(entry));
  return (host, port) => {
    // A name may end with a dot, which says that it is complete.
    const name = bareHost(host.toLowerCase()).replace(/\.$/, '');
    return exceptions.some((isException) => isException(name, port));
  };
}

function readEntry(entry: string): Exceptions {
  if (entry === '*') return () => true;
  // An address of IPv6 has colons of its own.
  const parts = isIP(entry) === 0 ? /(.+)(?:\/(\d{1,3})|:(\d{1,5}))$/.exec(entry) : undefined;
  const [, given = entry, bits, port] = parts ?? [];
  const host = bareHost(given);
  const isBelow = isIP(host) === 0 ? belowName(bits === undefined ? host : entry) : inBlock(host, bits);
  return (asked, askedPort) => (port === undefined || Number(port) === askedPort) && isBelow(asked);
}

function belowName(entry: string): (host: string) => boolean {
  const name = entry.replace(/^\*?\.|\.$/g, '');
  return (host) => host === name || host.endsWith(`.${name}`);
}

/** A block of more bits than an address has stands for nothing. */
function inBlock(network: string, bits?: string): (host: string) => boolean {
  const list = new BlockList();
  const maxBits = isIP(network) === 6 ? 128 : 32;
  if (Number(bits ?? 0) <= maxBits) list.addSubnet(network, Number(bits ?? maxBits), familyOf(network));
  return (host) => list.check(host, familyOf(host));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
