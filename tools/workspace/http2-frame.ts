/** HTTP/2 by hand, right or wrong (RFC 9113), with header blocks that are not compressed (RFC 7541 section 6.2.2). */

/** Names and values of header fields, as they go over the wire. */
export type HeaderFields = readonly (readonly [name: string, value: string])[];

/** What a client says first. */
export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export const frameTypes = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
  unknown: 0xfe,
} as const;

export const frameFlags = { endStream: 1, ack: 1, endHeaders: 4, padded: 8 } as const;

const headBytes = 9;

/** No frame is larger without a setting, in bytes. */
const maxFrameBytes = 16_384;

/** A frame (RFC 9113 section 4.1). */
export function http2Frame(
  type: number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** @param pairs a setting's number and value */
export function settingsFrame(...pairs: readonly (readonly [number, number])[]): Buffer {
  const payload = Buffer.alloc(6 * pairs.length);
  for (const [index, [id, value]] of pairs.entries()) {
    payload.writeUInt16BE(id, 6 * index);
    payload.writeUInt32BE(value, 6 * index + 2);
  }
  return http2Frame(frameTypes.settings, 0, 0, payload);
}

/** HEADERS, and CONTINUATION for what is too long for one frame. */
export function headerFrames(stream: number, fields: HeaderFields, flags = 0): Buffer {
  const block = headerBlock(fields);
  const frames: Buffer[] = [];
  for (let at = 0; at === 0 || at < block.length; at += maxFrameBytes) {
    const [type, begun] = at === 0 ? [frameTypes.headers, flags] : [frameTypes.continuation, 0];
    const end = at + maxFrameBytes >= block.length ? frameFlags.endHeaders : 0;
    frames.push(http2Frame(type, begun | end, stream, block.subarray(at, at + maxFrameBytes)));
  }
  return Buffer.concat(frames);
}

/** Each field is a literal that is not indexed. */
export function headerBlock(fields: HeaderFields): Buffer {
  return Buffer.concat(fields.flatMap((field) => [Buffer.of(0), ...field.map(headerText)]));
}

/** A string without Huffman's code (RFC 7541 section 5.2). */
export function headerText(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length < 127) return Buffer.concat([Buffer.of(bytes.length), bytes]);
  return Buffer.concat([Buffer.of(127), varint(bytes.length - 127), bytes]);
}

/** A number by seven bits a byte, the lowest first, as HPACK and protobuf have it. */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left > 127; left >>>= 7) bytes.push((left & 127) | 128);
  return Buffer.from([...bytes, left]);
}

/** Calls a function with each whole frame of what comes in pieces. */
export function frameReader(
  onFrame: (type: number, flags: number, stream: number, payload: Buffer) => void,
): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      if (rest.length < headBytes) return;
      const end = headBytes + rest.readUIntBE(0, 3);
      if (rest.length < end) return;
      onFrame(rest.readUInt8(3), rest.readUInt8(4), rest.readUInt32BE(5), rest.subarray(headBytes, end));
      rest = rest.subarray(end);
    }
  };
}
