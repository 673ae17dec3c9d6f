import { type Environment, isLoopbackHost } from '@worker-auth/internal';
import type { HttpProxy, ProxyLogin } from '@worker-auth/internal/network';
import { BlockList, isIP } from 'node:net';
import { bareHost } from './host.ts';
import type { AtlanAuthClientOptions } from './auth-options.ts';
import { type Format, readSetting } from './setting-reader.ts';

/** The proxy for a host; `undefined` when it is reached directly. */
export type ProxyFor = (host: string, port: number) => HttpProxy | undefined;

const httpProxy: Format<HttpProxy> = {
  parse: readProxyUrl,
  expected:
    "the URL of an HTTP proxy, http://host:port or http://user:password@host:port, the only kind that Temporal's SDK can go through",
};

/**
 * `proxy`, else `https_proxy` or `HTTPS_PROXY`, with the exceptions of `no_proxy` or `NO_PROXY` for each of them. This host itself is always
 * reached directly.
 *
 * @returns `undefined` when no proxy is set
 * @throws ConfigurationError that names the option or the variable; its value is not repeated
 */
export function readProxy(
  { proxy: given }: Pick<AtlanAuthClientOptions, 'proxy'>,
  env: Environment,
): ProxyFor | undefined {
  if (given === false) return () => undefined;
  const proxy = readSetting(env, 'proxy', given, ['https_proxy', 'HTTPS_PROXY'], httpProxy);
  if (proxy === undefined) return undefined;
  const isException = readNoProxy(env['no_proxy'] || env['NO_PROXY'] || '');
  return (host, port) => (isLoopbackHost(host) || isException(host, port) ? undefined : proxy);
}

function readProxyUrl(text: string): HttpProxy | undefined {
  if (text === 'true') return undefined;
  const spelledOut = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(spelledOut)) return undefined;
  const { protocol, hostname, port, pathname, search, hash, username, password } = new URL(spelledOut);
  if (protocol !== 'http:' || `${pathname}${search}${hash}` !== '/') return undefined;
  const login = readLogin(username, password);
  if (login === undefined) return undefined;
  const number = port === '' ? 80 : Number(port);
  return {
    host: bareHost(hostname),
    port: number,
    address: `${hostname}:${number}`,
    ...(username + password !== '' && { login: () => login }),
  };
}

/** `undefined` for what no proxy can be told: a user name with a colon would end there (RFC 7617 section 2). */
function readLogin(username: string, password: string): ProxyLogin | undefined {
  try {
    const login = { username: decodeURIComponent(username), password: decodeURIComponent(password) };
    return login.username.includes(':') ? undefined : login;
  } catch {
    // The error quotes what it could not decode.
  }
  return undefined;
}

/** Whether a host is reached without a proxy. The host is a name or an address, in brackets or not. */
export type Exceptions = (host: string, port: number) => boolean;

/**
 * Reads the text of `NO_PROXY`: entries between commas or spaces. A name stands for itself and all names below it, whether it begins
 * with a dot, with `*.` or with neither; an address for itself, a block in CIDR notation for the addresses in it, and `*` for every host. One
 * with a port (`host:port`) holds for that port alone. Case makes no difference. Nothing is asked of a name service.
 */
export function readNoProxy(text: string): Exceptions {
  const entries = text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(readEntry);
  return (host, port) => {
    const name = bareHost(host.toLowerCase());
    return entries.some((isException) => isException(name, port));
  };
}

function readEntry(entry: string): Exceptions {
  if (entry === '*') return () => true;
  const [, network = '', bits] = /^\[?([\d.a-f:]+)\]?\/(\d{1,3})$/.exec(entry) ?? [];
  if (isIP(network) !== 0) return inBlock(network, Number(bits));
  if (isIP(entry) !== 0) return inBlock(entry);
  const [, given = '', portText] = /^(.+?)(?::(\d{1,5}))?$/.exec(entry) ?? [];
  const rest = bareHost(given);
  const isHost = isIP(rest) === 0 ? belowName(rest) : inBlock(rest);
  return (host, port) => (portText === undefined || Number(portText) === port) && isHost(host, port);
}

function belowName(entry: string): Exceptions {
  const name = withoutDot(entry.replace(/^\*?\./, ''));
  return (host) => {
    const asked = withoutDot(host);
    return asked === name || asked.endsWith(`.${name}`);
  };
}

/** A block of more bits than an address has stands for nothing. */
function inBlock(network: string, bits?: number): Exceptions {
  const list = new BlockList();
  if (bits === undefined) list.addAddress(network, familyOf(network));
  else if (bits <= (isIP(network) === 6 ? 128 : 32)) list.addSubnet(network, bits, familyOf(network));
  return (host) => isIP(host) !== 0 && list.check(host, familyOf(host));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

/** A name may end with a dot, which says that it is complete. */
function withoutDot(name: string): string {
  return name.replace(/\.$/, '');
}
