/** A message has so many fields at most, those of its groups with them: no message of Temporal is near that, and reading them takes a millisecond. */
const maxFields = 10_000;

/** A number has so many bytes at most, and a field a number up to this (https://protobuf.dev/programming-guides/encoding/). */
const [maxVarintBytes, maxField] = [10, 536_870_911];

/**
 * Visits the fields of a message of protobuf in their order, as far as it can be read: texts, bytes and messages are parts of it. Groups and numbers
 * of a fixed size are passed over. Returns whether the message was read to its end.
 */
export function readFields(
  message: Buffer,
  visit: (field: number, value: Buffer | number) => unknown,
): boolean {
  let at = 0;
  const readVarint = (): number => {
    let value = 0;
    const end = Math.min(message.length, at + maxVarintBytes);
    for (let factor = 1; at < end; factor *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    return NaN;
  };
  let groups = 0;
  for (let count = 0; at < message.length; count++) {
    const key = readVarint();
    const [field, wireType] = [Math.floor(key / 8), key % 8];
    if (count === maxFields || !(field >= 1 && field <= maxField)) return false;
    if (wireType === 3 || wireType === 4) {
      groups += wireType === 3 ? 1 : -1;
      if (groups < 0) return false;
      continue;
    }
    const value =
      wireType === 0 || wireType === 2 ? readVarint() : wireType === 1 ? 8 : wireType === 5 ? 4 : NaN;
    const end = wireType === 0 ? at : at + value;
    if (Number.isNaN(value) || end > message.length) return false;
    const isRead = groups === 0 && (wireType === 0 || wireType === 2);
    if (isRead) visit(field, wireType === 0 ? value : message.subarray(at, end));
    at = end;
  }
  return groups === 0;
}

/** Fields of a message, by their numbers. One that cannot be read to its end has none. */
export class Fields {
  readonly #values = new Map<number, Buffer | number>();
  #repeated: Set<number> | undefined;

  constructor(message: Buffer) {
    const isWhole = readFields(message, (field, value) => {
      if (this.#values.has(field)) (this.#repeated ??= new Set()).add(field);
      this.#values.set(field, value);
    });
    if (!isWhole) this.#values.clear();
  }

  /** The last value of a field that is text, bytes or a message; empty without one. */
  bytes(field: number): Buffer {
    const value = this.#values.get(field);
    return typeof value === 'object' ? value : Buffer.alloc(0);
  }

  text(field: number): string {
    return this.bytes(field).toString();
  }

  /** A field that is there once at most, a byte a character. Temporal would join messages that come twice. */
  once(field: number): string | undefined {
    return this.#repeated?.has(field) === true ? undefined : this.bytes(field).toString('latin1');
  }

  /** Whether it has another value than its default. */
  isSet(field: number): boolean {
    const value = this.#values.get(field) ?? 0;
    return (typeof value === 'number' ? value : value.length) > 0;
  }
}

/** A field of text, bytes or a message, as it is written: an empty one is left out. */
export function fieldOf(field: number, value: Buffer): Buffer {
  if (value.length === 0) return value;
  return Buffer.concat([varint(field * 8 + 2), varint(value.length), value]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) | 0x80);
  return Buffer.from([...bytes, left]);
}
