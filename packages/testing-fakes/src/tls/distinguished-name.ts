import { der, type DerTag, objectIdentifier } from './der.ts';

/** One attribute of a name: its type in capitals, and its value without escapes. */
export type NameAttribute = readonly [type: string, value: string];

/** The types that RFC 4514 section 3 has names for: their ids, and how their values are encoded. */
const attributeTypes: ReadonlyMap<string, readonly [id: string, encoding: DerTag]> = new Map([
  ['CN', ['2.5.4.3', 'utf8String']],
  ['L', ['2.5.4.7', 'utf8String']],
  ['ST', ['2.5.4.8', 'utf8String']],
  ['O', ['2.5.4.10', 'utf8String']],
  ['OU', ['2.5.4.11', 'utf8String']],
  ['C', ['2.5.4.6', 'printableString']],
  ['STREET', ['2.5.4.9', 'utf8String']],
  ['DC', ['0.9.2342.19200300.100.1.25', 'ia5String']],
  ['UID', ['0.9.2342.19200300.100.1.1', 'utf8String']],
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
    const [id, encoding] = attributeTypes.get(type) ?? [];
    if (id === undefined || encoding === undefined) return undefined;
    return der('set', der('sequence', objectIdentifier(id), der(encoding, Buffer.from(value))));
  });
  const encoded = levels.filter((level) => level !== undefined);
  if (encoded.length > 0 && encoded.length === levels.length) return der('sequence', ...encoded.reverse());
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
