/** The tags of ASN.1 that a certificate needs (ITU-T X.690). */
const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  sequence: 0x30,
  set: 0x31,
  utcTime: 0x17,
  generalizedTime: 0x18,
} as const;

/** One ASN.1 value in DER: tag, length, content (ITU-T X.690 section 10). */
export function encode(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.of(tag), lengthOf(content.length), content]);
}

export function sequence(...items: readonly Buffer[]): Buffer {
  return encode(tags.sequence, Buffer.concat(items));
}

export function set(...items: readonly Buffer[]): Buffer {
  return encode(tags.set, Buffer.concat(items));
}

/** @param bytes whose first bit is 0: that of a negative number is 1 */
export function integer(bytes: Buffer): Buffer {
  return encode(tags.integer, bytes);
}

export function boolean(value: boolean): Buffer {
  return encode(tags.boolean, Buffer.of(value ? 0xff : 0));
}

/** @param unusedBits of the last byte */
export function bitString(bytes: Buffer, unusedBits = 0): Buffer {
  return encode(tags.bitString, Buffer.concat([Buffer.of(unusedBits), bytes]));
}

export function octetString(bytes: Buffer): Buffer {
  return encode(tags.octetString, bytes);
}

export function utf8String(text: string): Buffer {
  return encode(tags.utf8String, Buffer.from(text));
}

export function printableString(text: string): Buffer {
  return encode(tags.printableString, Buffer.from(text));
}

export function ia5String(text: string): Buffer {
  return encode(tags.ia5String, Buffer.from(text));
}

/** @param dotted `2.5.29.17` for example */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return encode(tags.objectIdentifier, Buffer.from([40 * first + second, ...rest.flatMap(base128)]));
}

/** To the second, as certificates have it from 1950 on (RFC 5280 section 4.1.2.5): the year in two digits until 2049. */
export function time(date: Date): Buffer {
  const digits = `${date.toISOString().replaceAll(/\D/g, '').slice(0, 14)}Z`;
  return date.getUTCFullYear() < 2_050
    ? encode(tags.utcTime, Buffer.from(digits.slice(2)))
    : encode(tags.generalizedTime, Buffer.from(digits));
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  const significant = bytes.subarray(bytes.findIndex((byte) => byte !== 0));
  return Buffer.concat([Buffer.of(0x80 | significant.length), significant]);
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift(0x80 | (rest & 0x7f));
  return bytes;
}
