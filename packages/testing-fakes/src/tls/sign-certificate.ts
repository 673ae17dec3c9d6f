import { createHash, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import { bitString, der, objectIdentifier, time } from './der.ts';

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export interface CertificateIssuer extends KeyPair {
  /** A distinguished name in DER, as are those of subjects. */
  readonly name: Buffer;
}

export interface CertificateSubject {
  readonly name: Buffer;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
  /** To the second. Default an hour ago. */
  readonly notBefore?: Date | undefined;
  /** To the second. Default in a year. */
  readonly notAfter?: Date | undefined;
}

const hourMs = 3_600_000;
const validityMs = 365 * 24 * hourMs;
const ecdsaWithSha256 = '1.2.840.10045.4.3.2';
const extendedKeyUsages = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;

/**
 * A certificate (PEM) by an ECDSA key (RFC 5280 section 4.1). No library: `selfsigned` (`@peculiar/x509`, `pkijs`) is 14 more packages to install, or
 * 347 KB compiled in.
 */
export function signCertificate(subject: CertificateSubject, issuer: CertificateIssuer): string {
  const now = Date.now();
  const { notBefore = new Date(now - hourMs), notAfter = new Date(now + validityMs) } = subject;
  const algorithm = der('sequence', objectIdentifier(ecdsaWithSha256));
  const toBeSigned = der(
    'sequence',
    der(0xa0, der('integer', Buffer.of(2))),
    der('integer', Buffer.concat([Buffer.of(1), randomBytes(15)])),
    algorithm,
    issuer.name,
    der('sequence', time(notBefore), time(notAfter)),
    subject.name,
    spki(subject.publicKey),
    der(
      0xa3,
      der(
        'sequence',
        ...subject.extensions,
        extension('2.5.29.14', der('octetString', keyIdentifier(subject.publicKey))),
        extension('2.5.29.35', der('sequence', der(0x80, keyIdentifier(issuer.publicKey)))),
      ),
    ),
  );
  const signature = sign('sha256', toBeSigned, issuer.privateKey);
  return new X509Certificate(der('sequence', toBeSigned, algorithm, bitString(signature))).toString();
}

/** The extensions of who may sign certificates. */
export function authorityExtensions(): readonly Buffer[] {
  return [
    extension('2.5.29.19', der('sequence', der('boolean', Buffer.of(0xff))), true),
    keyUsage(0b0000_0110, 1),
  ];
}

/** The extensions of one end of a TLS connection. */
export function endExtensions(end: keyof typeof extendedKeyUsages): readonly Buffer[] {
  return [
    extension('2.5.29.19', der('sequence'), true),
    keyUsage(0b1000_0000, 7),
    extension('2.5.29.37', der('sequence', objectIdentifier(extendedKeyUsages[end]))),
  ];
}

/** RFC 5280 section 4.1: `Extension ::= SEQUENCE { extnID, critical DEFAULT FALSE, extnValue }`. */
function extension(id: string, value: Buffer, isCritical = false): Buffer {
  return der(
    'sequence',
    objectIdentifier(id),
    ...(isCritical ? [der('boolean', Buffer.of(0xff))] : []),
    der('octetString', value),
  );
}

function keyUsage(bits: number, unusedBits: number): Buffer {
  return extension('2.5.29.15', bitString(Buffer.of(bits), unusedBits), true);
}

/** RFC 5280 section 4.2.1.2, method 1 over the whole key structure: any unique value will do. */
function keyIdentifier(key: KeyObject): Buffer {
  return createHash('sha1').update(spki(key)).digest();
}

function spki(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

/** A name in a certificate beside its subject (RFC 5280 section 4.2.1.6). */
export type AlternativeName = readonly [kind: 'dns' | 'uri' | 'ip' | 'email', value: string];

/** The tags of `GeneralName`. */
const tags = { email: 0x81, dns: 0x82, uri: 0x86, ip: 0x87 } as const;

/** The extension that has these names. @throws RangeError for an `ip` that is none */
export function alternativeNames(names: readonly AlternativeName[]): Buffer {
  const encoded = names.map(([kind, value]) =>
    der(tags[kind], kind === 'ip' ? addressBytes(value) : Buffer.from(value)),
  );
  return extension('2.5.29.17', der('sequence', ...encoded));
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
