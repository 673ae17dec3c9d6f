import { callSafely, type Environment, isLoopbackHost } from '@worker-auth/internal';
import { readBoundedFile, readBoundedFileNow } from '@worker-auth/internal/file';
import type { HttpProxy, ProxyLogin } from '@worker-auth/internal/network';
import { X509Certificate } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import * as tls from 'node:tls';
import type { CommonOptions } from './auth-options.ts';
import { type Format, maxCertificateBytes } from './formats.ts';
import { bareHost, portOf } from './host.ts';
import { readAll, readOne, type Row, type Setting } from './setting.ts';
import { elsewhere } from './table.ts';

/** Proxy and authorities for the token endpoint and both connections to Temporal. Shows no credentials of a proxy. */
export interface Network {
  /** The proxy for a host; `undefined` when it is reached directly, and when no proxy is set. */
  readonly proxyFor: ((host: string, port: number) => HttpProxy | undefined) | undefined;
  /** The trusted certificates as one PEM text, read when first asked for; `undefined` for those that are trusted by default. */
  readonly certificates: () => string | undefined;
  /** The same, from files that were replaced too; rejects, and changes nothing, when one cannot be read or holds none. Default: none is read again. */
  readonly newestCertificates?: (signal: AbortSignal) => Promise<string | undefined>;
}

/** What names files of trusted certificates; in lower case too. */
export const certificateVariables = elsewhere.ca.variables.map(({ name }) => name);

const pemCertificate = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

const pemText: Format<string> = { parse: certificatesOf, expected: 'certificates in PEM form' };

const httpProxy: Format<HttpProxy> = {
  parse: readProxyUrl,
  expected:
    "the URL of an HTTP proxy, http://host:port or http://user:password@host:port, the only kind that Temporal's SDK can go through",
};

/** Reads proxy and authorities: options, then the environment. Certificate files are read when TLS is first used. */
export function readNetwork(options: CommonOptions, env: Environment): Network {
  let trusted: { readonly pem: string | undefined } | undefined;
  const paths = new Set<string>();
  const readFirst = (path: string): string => {
    paths.add(path);
    return readBoundedFileNow(path, { maxBytes: maxCertificateBytes });
  };
  const certificates = (): string | undefined =>
    (trusted ??= { pem: readCertificates(options, env, readFirst) }).pem;
  return {
    proxyFor: readProxy(options, env),
    certificates,
    async newestCertificates(signal) {
      certificates();
      const bounds = { maxBytes: maxCertificateBytes, signal };
      const read = async (path: string) => [path, await readBoundedFile(path, bounds)] as const;
      const newest = new Map(await Promise.all([...paths].map(read)));
      trusted = { pem: readCertificates(options, env, (path) => String(newest.get(path))) };
      return trusted.pem;
    },
  };
}

/** See `CommonOptions.ca`; `undefined` when nothing is set. */
function readCertificates({ ca }: CommonOptions, env: Environment, read: (path: string) => string) {
  const given = ca instanceof Uint8Array ? Buffer.from(ca).toString('latin1') : ca;
  const pemFile: Format<string> = {
    // It may not be there.
    parse: (path) => callSafely(() => certificatesOf(read(path)), undefined),
    expected: 'the path of a file of certificates in PEM form',
  };
  const [trusted, extra] = readAll(env, (setting) => {
    if (given !== undefined) return [setting({ ...elsewhere.ca, ...pemText }, given.trim())?.value];
    return certificateVariables.map((name) => setting(inBothCases(elsewhere.ca, name, pemFile))?.value);
  });
  return extra === undefined ? trusted : [trusted ?? defaultCertificates(), extra].join('\n');
}

function certificatesOf(text: string): string | undefined {
  const found = [...text.matchAll(pemCertificate)].map(([certificate]) => certificate);
  const read = callSafely(() => found.map((certificate) => new X509Certificate(certificate)), []);
  return read.length > 0 ? found.join('\n') : undefined;
}

/** Both, since Temporal's Core trusts the system's, and Node its own. */
function defaultCertificates(): string {
  // Node.js 22.15 and newer.
  const { getCACertificates } = tls as Partial<Pick<typeof tls, 'getCACertificates'>>;
  const stores = ['default', 'system'] as const;
  const known = stores.flatMap((store) => getCACertificates?.(store) ?? tls.rootCertificates);
  return [...new Set(known)].join('\n');
}

/** See `CommonOptions.proxy`; the exceptions hold for a proxy of the options too. */
export function readProxy({ proxy: given }: CommonOptions, env: Environment): Network['proxyFor'] {
  if (given === false) return () => undefined;
  const setting = inBothCases(elsewhere.proxy, 'HTTPS_PROXY', httpProxy);
  const proxy = readOne(env, setting, given)?.value;
  if (proxy === undefined) return undefined;
  const isException = readNoProxy(env['no_proxy'] || env['NO_PROXY'] || '');
  return (host, port) => (isLoopbackHost(host) || isException(host, port) ? undefined : proxy);
}

/** One variable of a row, which is in lower case too, and wins so. */
function inBothCases<T>(row: Row, variable: string, format: Format<T>): Setting<T> {
  const names = [variable.toLowerCase(), variable];
  return { ...row, ...format, variables: names.map((name) => ({ name, family: 'neutral' })) };
}

function readProxyUrl(text: string): HttpProxy | undefined {
  if (text === 'true') return undefined;
  const spelledOut = text.includes('://') ? text : `http://${text}`;
  if (!URL.canParse(spelledOut)) return undefined;
  const url = new URL(spelledOut);
  const { protocol, hostname, pathname, search, hash, username, password } = url;
  if (protocol !== 'http:' || `${pathname}${search}${hash}` !== '/') return undefined;
  // Its error quotes what it could not decode.
  const decode = (): ProxyLogin => ({
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
  });
  const login = callSafely(decode, undefined);
  // A user name with a colon would end there (RFC 7617 section 2).
  if (login === undefined || login.username.includes(':')) return undefined;
  const port = portOf(url);
  return {
    host: bareHost(hostname),
    port,
    address: `${hostname}:${port}`,
    ...(username + password !== '' && { login: () => login }),
  };
}

/** Whether a host is reached without a proxy. It is a name or an address, in brackets or not. */
type Exceptions = (host: string, port: number) => boolean;

/**
 * Reads the text of `NO_PROXY`: entries between commas or spaces. A name stands for itself and all names below it, whether it begins with a dot,
 * with `*.` or with neither; an address or a block in CIDR notation for itself, `*` for every host. One with a port holds for that port alone.
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
  const form = isIP(entry) === 0 ? /^(.+?)(?:\/(\d{1,3}))?(?::(\d{1,5}))?$/ : /(.+)/;
  const [, given = '', bits, port] = form.exec(entry) ?? [];
  const network = bareHost(given);
  const name = (bits === undefined ? network : entry).replace(/^\*?\.|\.$/g, '');
  const block = new BlockList();
  // A name is no block, nor is one of more bits than an address has.
  callSafely(() => {
    block.addSubnet(network, Number(bits ?? (isIP(network) === 6 ? 128 : 32)), familyOf(network));
  }, undefined);
  return (host, askedPort) =>
    (port === undefined || Number(port) === askedPort) &&
    (host === name || host.endsWith(`.${name}`) || block.check(host, familyOf(host)));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
