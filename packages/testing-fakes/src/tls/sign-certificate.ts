import { createHash, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import { bitString, boolean, encode, integer, objectIdentifier, octetString, sequence, time } from './der.ts';

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
  const algorithm = sequence(objectIdentifier(ecdsaWithSha256));
  const toBeSigned = sequence(
    encode(0xa0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    algorithm,
    issuer.name,
    sequence(time(notBefore), time(notAfter)),
    subject.name,
    spki(subject.publicKey),
    encode(
      0xa3,
      sequence(
        ...subject.extensions,
        extension('2.5.29.14', octetString(keyIdentifier(subject.publicKey))),
        extension('2.5.29.35', sequence(encode(0x80, keyIdentifier(issuer.publicKey)))),
      ),
    ),
  );
  const signature = sign('sha256', toBeSigned, issuer.privateKey);
  return new X509Certificate(sequence(toBeSigned, algorithm, bitString(signature))).toString();
}

/** The extensions of who may sign certificates. */
export function authorityExtensions(): readonly Buffer[] {
  return [extension('2.5.29.19', sequence(boolean(true)), true), keyUsage(0b0000_0110, 1)];
}

/** The extensions of one end of a TLS connection. */
export function endExtensions(end: keyof typeof extendedKeyUsages): readonly Buffer[] {
  return [
    extension('2.5.29.19', sequence(), true),
    keyUsage(0b1000_0000, 7),
    extension('2.5.29.37', sequence(objectIdentifier(extendedKeyUsages[end]))),
  ];
}

/** RFC 5280 section 4.1: `Extension ::= SEQUENCE { extnID, critical DEFAULT FALSE, extnValue }`. */
export function extension(id: string, value: Buffer, isCritical = false): Buffer {
  return sequence(objectIdentifier(id), ...(isCritical ? [boolean(true)] : []), octetString(value));
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
