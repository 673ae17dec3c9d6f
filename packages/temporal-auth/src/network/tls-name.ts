import { isIP } from 'node:net';
import { bareHost } from '../settings/host.ts';

/**
 * What options of `tls.connect` say of the other end. An address is no name that a server may be asked for (RFC 6066 section 3).
 *
 * @param hostname a name or an address, in brackets or not
 */
export function tlsName(hostname: string): { readonly host: string; readonly servername?: string } {
  const host = bareHost(hostname);
  return isIP(host) === 0 ? { host, servername: host } : { host };
}
