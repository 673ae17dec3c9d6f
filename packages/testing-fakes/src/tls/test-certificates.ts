import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  bitString,
  boolean,
  encode,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  utcTime,
  utf8String,
} from './der.ts';

/** A certificate for this machine, its key, and the authority that signed it; all PEM. */
export interface TestCertificates {
  /** What a client must trust: `ca` of a `fetch`, a Temporal connection or `NODE_EXTRA_CA_CERTS`. */
  readonly ca: string;
  /** For `localhost`, 127.0.0.1 and ::1. */
  readonly cert: string;
  readonly key: string;
}

interface Subject {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
}

const hourMs = 3_600_000;
const validityMs = 365 * 24 * hourMs;
const ecdsaWithSha256 = '1.2.840.10045.4.3.2';
const authorityName = 'worker-auth test authority';

let certificates: TestCertificates | undefined;

/**
 * The certificates of the kit's servers, made once a process: a test authority that nobody else has the key of, and a certificate that
 * it signed, both ECDSA P-256 and good for a year (RFC 5280). The authority's key is thrown away.
 */
export function testCertificates(): TestCertificates {
  certificates ??= makeCertificates();
  return certificates;
}

function makeCertificates(): TestCertificates {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const server = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issue = (subject: Subject): string => certificate(subject, authority);
  return {
    ca: issue({
      name: authorityName,
      publicKey: authority.publicKey,
      extensions: [extension('2.5.29.19', sequence(boolean(true)), true), keyUsage(0b0000_0110, 1)],
    }),
    cert: issue({
      name: 'localhost',
      publicKey: server.publicKey,
      extensions: [
        extension('2.5.29.19', sequence(), true),
        keyUsage(0b1000_0000, 7),
        extension('2.5.29.37', sequence(objectIdentifier('1.3.6.1.5.5.7.3.1'))),
        extension('2.5.29.17', alternativeNames()),
      ],
    }),
    key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** RFC 5280 section 4.1. */
function certificate(subject: Subject, authority: { publicKey: KeyObject; privateKey: KeyObject }): string {
  const now = Date.now();
  const algorithm = sequence(objectIdentifier(ecdsaWithSha256));
  const toBeSigned = sequence(
    encode(0xa0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    algorithm,
    commonName(authorityName),
    sequence(utcTime(new Date(now - hourMs)), utcTime(new Date(now + validityMs))),
    commonName(subject.name),
    spki(subject.publicKey),
    encode(
      0xa3,
      sequence(
        ...subject.extensions,
        extension('2.5.29.14', octetString(keyIdentifier(subject.publicKey))),
        extension('2.5.29.35', sequence(encode(0x80, keyIdentifier(authority.publicKey)))),
      ),
    ),
  );
  const signature = sign('sha256', toBeSigned, authority.privateKey);
  return pem(sequence(toBeSigned, algorithm, bitString(signature)));
}

function commonName(name: string): Buffer {
  return sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8String(name))));
}

/** RFC 5280 section 4.1: `Extension ::= SEQUENCE { extnID, critical DEFAULT FALSE, extnValue }`. */
function extension(id: string, value: Buffer, isCritical = false): Buffer {
  return sequence(objectIdentifier(id), ...(isCritical ? [boolean(true)] : []), octetString(value));
}

function keyUsage(bits: number, unusedBits: number): Buffer {
  return extension('2.5.29.15', bitString(Buffer.of(bits), unusedBits), true);
}

/** RFC 5280 section 4.2.1.6: `dNSName` is [2], `iPAddress` is [7]. */
function alternativeNames(): Buffer {
  const loopbackV6 = Buffer.alloc(16);
  loopbackV6[15] = 1;
  return sequence(
    encode(0x82, Buffer.from('localhost')),
    encode(0x87, Buffer.of(127, 0, 0, 1)),
    encode(0x87, loopbackV6),
  );
}

/** RFC 5280 section 4.2.1.2, method 1 over the whole key structure: any unique value will do. */
function keyIdentifier(key: KeyObject): Buffer {
  return createHash('sha1').update(spki(key)).digest();
}

function spki(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
