import { isIP } from 'node:net';

/** A host without the brackets that a URL has around an address of IPv6. */
export function bareHost(host: string): string {
  return host.replace(/[[\]]/g, '');
}

/** `host:port`, as a URL has it; of a host without brackets. */
export function hostAndPort(host: string, port: number): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/** What options of `tls.connect` say of a host. An address is no name that a server may be asked for (RFC 6066 section 3). */
export function tlsName(hostname: string): { readonly host: string; readonly servername?: string } {
  const host = bareHost(hostname);
  return isIP(host) === 0 ? { host, servername: host } : { host };
}

/** The port of an HTTP URL, that of its protocol where it names none. */
export function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}
