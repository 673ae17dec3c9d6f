/** HTTP/2 by hand: frames, header blocks without compression (RFC 7541 section 6.2.2), and messages of gRPC. */
import { http2Frame } from '@worker-auth/workspace/http2-frame';

export type Fields = readonly (readonly [name: string, value: string])[];

export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export const types = {
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

export const flags = { endStream: 1, ack: 1, endHeaders: 4, padded: 8 } as const;

const service = '/temporal.api.workflowservice.v1.WorkflowService';

/** The path of a method of Temporal; of one with a service as it is. */
export function pathOf(method: string): string {
  return method.includes('/') ? `/${method}` : `${service}/${method}`;
}

/** The headers of a call, as clients send them. */
export function callFields(method: string, others: Fields = []): Fields {
  return [
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', pathOf(method)],
    [':authority', '127.0.0.1'],
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
    ...others,
  ];
}

export function headers(stream: number, fields: Fields, flag: number = flags.endHeaders): Buffer {
  return http2Frame(types.headers, flag, stream, block(fields));
}

export function data(stream: number, payload: Buffer, flag = 0): Buffer {
  return http2Frame(types.data, flag, stream, payload);
}

export function reset(stream: number, code: number): Buffer {
  return http2Frame(types.reset, 0, stream, uint32(code));
}

/** Pairs of a setting's number and value. */
export function settings(...pairs: readonly (readonly [number, number])[]): Buffer {
  const payload = Buffer.alloc(6 * pairs.length);
  for (const [index, [id, value]] of pairs.entries()) {
    payload.writeUInt16BE(id, 6 * index);
    payload.writeUInt32BE(value, 6 * index + 2);
  }
  return http2Frame(types.settings, 0, 0, payload);
}

/** A header block of literal fields, which are not indexed. */
export function block(fields: Fields): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.of(0), literal(name), literal(value)]));
}

/** A string of HPACK without Huffman's code (RFC 7541 section 5.2). */
export function literal(text: string): Buffer {
  const value = Buffer.from(text);
  if (value.length < 127) return Buffer.concat([Buffer.of(value.length), value]);
  return Buffer.concat([Buffer.of(127), varint(value.length - 127), value]);
}

/** A message of gRPC, not compressed unless it says so. */
export function message(body: Buffer = Buffer.alloc(0), isZipped = false): Buffer {
  return Buffer.concat([Buffer.of(isZipped ? 1 : 0), uint32(body.length), body]);
}

/** A field of protobuf that is text, bytes or a message. */
export function field(number: number, value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

/** Cuts a body into frames of the usual size. */
export function dataFrames(stream: number, body: Buffer): Buffer {
  const frames: Buffer[] = [];
  for (let at = 0; at < body.length; at += 16_384) frames.push(data(stream, body.subarray(at, at + 16_384)));
  return Buffer.concat(frames);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left > 127; left >>>= 7) bytes.push((left & 127) | 128);
  return Buffer.from([...bytes, left]);
}
