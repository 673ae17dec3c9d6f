import { BlockList, isIP } from 'node:net';
import { bareHost } from './host.ts';

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
