import { isIPv4, isIPv6 } from 'node:net';
import { encode, sequence } from './der.ts';
import { extension } from './sign-certificate.ts';

/** A name in a certificate beside its subject (RFC 5280 section 4.2.1.6). */
export type AlternativeName = readonly [kind: 'dns' | 'uri' | 'ip' | 'email', value: string];

/** The tags of `GeneralName`. */
const tags = { email: 0x81, dns: 0x82, uri: 0x86, ip: 0x87 } as const;

/** The extension that has these names. @throws RangeError for an `ip` that is none */
export function alternativeNames(names: readonly AlternativeName[]): Buffer {
  const encoded = names.map(([kind, value]) =>
    encode(tags[kind], kind === 'ip' ? addressBytes(value) : Buffer.from(value)),
  );
  return extension('2.5.29.17', sequence(...encoded));
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  if (!isIPv6(address)) throw new RangeError(`An IP address is needed, not "${address}"`);
  // A URL has it in one form: groups of hexadecimal digits, the longest run of zeros left out.
  const [before = '', after = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const [first, last] = [groups(before), groups(after)];
  const zeros = Array<number>(8 - first.length - last.length).fill(0);
  return Buffer.from([...first, ...zeros, ...last].flatMap((group) => [group >>> 8, group & 0xff]));
}

function groups(text: string): readonly number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
