import { checkText } from './options.ts';

/** What the URL standard makes of every way to write 127.0.0.0/8, `::1` and the same mapped to IPv6. */
const loopbackHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\])$/;

/**
 * Whether a host is this machine itself: `localhost`, an address of 127.0.0.0/8, `::1` (with or without brackets), also mapped to IPv6
 * or written in decimal, octal or hexadecimal, as the URL standard reads it. What leaves for such a host in plain text leaves no machine.
 *
 * Names that only begin or end alike are other hosts (`127.0.0.1.example`, `localhost.example`), and so is `localhost.` with a dot,
 * for which a resolver may ask the network.
 *
 * @param host without port, as in `URL.hostname` or as a user writes it
 */
export function isLoopbackHost(host: string): boolean {
  checkText('host', host);
  if (/[\s/\\?#@%]/.test(host)) return false;
  const isBareIpv6 = /^[\da-f.]*:[\da-f:.]*:[\da-f:.]*$/i.test(host);
  const authority = isBareIpv6 ? `[${host}]` : host;
  if (!isBareIpv6 && /:\d*$/.test(host)) return false;
  if (!URL.canParse(`http://${authority}`)) return false;
  return loopbackHost.test(new URL(`http://${authority}`).hostname);
}
