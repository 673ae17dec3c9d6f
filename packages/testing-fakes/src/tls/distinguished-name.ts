import { ia5String, objectIdentifier, printableString, sequence, set, utf8String } from './der.ts';

/** One attribute of a name: its type in capitals, and its value without escapes. */
export type NameAttribute = readonly [type: string, value: string];

interface AttributeType {
  readonly id: string;
  readonly encodeValue: (value: string) => Buffer;
}

/** The types that RFC 4514 section 3 has names for. */
const attributeTypes: ReadonlyMap<string, AttributeType> = new Map([
  ['CN', { id: '2.5.4.3', encodeValue: utf8String }],
  ['L', { id: '2.5.4.7', encodeValue: utf8String }],
  ['ST', { id: '2.5.4.8', encodeValue: utf8String }],
  ['O', { id: '2.5.4.10', encodeValue: utf8String }],
  ['OU', { id: '2.5.4.11', encodeValue: utf8String }],
  ['C', { id: '2.5.4.6', encodeValue: printableString }],
  ['STREET', { id: '2.5.4.9', encodeValue: utf8String }],
  ['DC', { id: '0.9.2342.19200300.100.1.25', encodeValue: ia5String }],
  ['UID', { id: '0.9.2342.19200300.100.1.1', encodeValue: utf8String }],
]);

/**
 * The attributes of a distinguished name in the form of RFC 4514, such as `CN=worker,O=Example`; in its order.
 *
 * @returns `undefined` for what is no such name, and for one with several attributes at one level
 */
export function parseName(text: string): readonly NameAttribute[] | undefined {
  const levels = text.match(/(?:[^\\,]|\\.)+/gs) ?? [];
  const attributes = levels.map(parseAttribute).filter((attribute) => attribute !== undefined);
  // The commas count too: an empty level is no level.
  const isWhole = attributes.length === levels.length && levels.join(',') === text;
  return isWhole ? attributes : undefined;
}

/**
 * A name as a certificate has it: DER, the highest level first.
 *
 * @throws RangeError for what is no name, or has an attribute that RFC 4514 does not name
 */
export function encodeName(text: string): Buffer {
  const levels = (parseName(text) ?? []).map(([type, value]) => {
    const known = attributeTypes.get(type);
    return known && set(sequence(objectIdentifier(known.id), known.encodeValue(value)));
  });
  const encoded = levels.filter((level) => level !== undefined);
  if (encoded.length > 0 && encoded.length === levels.length) return sequence(...encoded.reverse());
  const types = [...attributeTypes.keys()].join(', ');
  throw new RangeError(`A name must be like CN=worker,O=Example, of ${types}, not "${text}"`);
}

function parseAttribute(level: string): NameAttribute | undefined {
  const [, type = '', value] = /^ *([\w.-]+) *= *((?:[^\\,+"<>;]|\\.)+?) *$/s.exec(level) ?? [];
  return value === undefined ? undefined : [type.toUpperCase(), unescape(value)];
}

/** RFC 4514 section 2.4: bytes as two digits each, or a character as it is. */
function unescape(value: string): string {
  return value.replaceAll(/((?:\\[\da-f]{2})+)|\\(.)/gis, (_all, bytes?: string, character?: string) =>
    bytes === undefined ? (character ?? '') : Buffer.from(bytes.replaceAll('\\', ''), 'hex').toString('utf8'),
  );
}
