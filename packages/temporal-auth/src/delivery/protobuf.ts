/** Visits the fields of a message of protobuf in their order, as far as it can be read: texts, bytes and messages are parts of it. */
export function readFields(message: Buffer, visit: (field: number, value: Buffer | number) => unknown): void {
  let at = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let factor = 1; at < message.length; factor *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    return NaN;
  };
  while (at < message.length) {
    const key = readVarint();
    const wireType = key % 8;
    if (wireType === 0) {
      const value = readVarint();
      if (Number.isNaN(value)) return;
      visit(Math.floor(key / 8), value);
      continue;
    }
    const length = wireType === 2 ? readVarint() : wireType === 1 ? 8 : wireType === 5 ? 4 : NaN;
    if (!(at + length <= message.length)) return;
    visit(Math.floor(key / 8), message.subarray(at, at + length));
    at += length;
  }
}
