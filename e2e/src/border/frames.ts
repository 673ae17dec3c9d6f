/** Calls of Temporal by hand: their frames of HTTP/2, and messages of gRPC. */
import {
  frameFlags,
  frameTypes,
  headerBlock,
  type HeaderFields,
  http2Frame,
  varint,
} from '@worker-auth/workspace/http2-frame';

const service = '/temporal.api.workflowservice.v1.WorkflowService';

/** The path of a method of Temporal; of one with a service as it is. */
export function pathOf(method: string): string {
  return method.includes('/') ? `/${method}` : `${service}/${method}`;
}

/** The headers of a call, as clients send them. */
export function callFields(method: string, others: HeaderFields = []): HeaderFields {
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

export function headers(stream: number, fields: HeaderFields, flag: number = frameFlags.endHeaders): Buffer {
  return http2Frame(frameTypes.headers, flag, stream, headerBlock(fields));
}

export function data(stream: number, payload: Buffer, flag = 0): Buffer {
  return http2Frame(frameTypes.data, flag, stream, payload);
}

export function reset(stream: number, code: number): Buffer {
  return http2Frame(frameTypes.reset, 0, stream, uint32(code));
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
