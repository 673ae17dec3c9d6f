import { type Environment, isLoopbackHost } from '@worker-auth/inlined';
import type { HttpProxy, ProxyLogin } from '@worker-auth/inlined/network';
import { bareHost } from './host.ts';
import { readNoProxy } from './no-proxy.ts';
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
