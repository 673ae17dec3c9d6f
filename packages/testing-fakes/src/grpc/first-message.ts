import type { Readable } from 'node:stream';
import { gunzipSync, inflateSync } from 'node:zlib';

/** The bytes before each gRPC message: one of flags, four of length. */
const prefixBytes = 5;

/**
 * Reads from `stream` until its first length-prefixed gRPC message is complete, or the stream ends or is closed. The
 * stream is left paused behind the bytes that were read.
 *
 * @returns every byte read; they may reach beyond the first message
 */
export function readFirstMessage(stream: Readable): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    let needed = prefixBytes;
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      length += chunk.length;
      if (length < needed) return;
      if (needed === prefixBytes) {
        needed = prefixBytes + Buffer.concat(chunks).readUInt32BE(1);
        if (length < needed) return;
      }
      settle();
    };
    const settle = (): void => {
      stream.pause().off('data', onData).off('end', settle).off('close', settle);
      resolve(Buffer.concat(chunks));
    };
    stream.on('data', onData).on('end', settle).on('close', settle);
  });
}

/**
 * The string in field `fieldNumber` of the first gRPC message in `bytes`, as protobuf has it: the last occurrence counts,
 * and a field that is not there is `''`. A message that cannot be read (truncated, or compressed by something other than
 * gzip or deflate) has `''` as well.
 *
 * @param bytes a gRPC request body from its beginning
 * @param encoding the request's `grpc-encoding`
 */
export function stringField(bytes: Buffer, fieldNumber: number, encoding: string | undefined): string {
  try {
    return String(findField(messageOf(bytes, encoding), fieldNumber) ?? '');
  } catch {
    return '';
  }
}

/** The task of an activity or a workflow, as the token of a call about it names it. */
export interface NamedTask {
  readonly workflowId: string;
  /** 1 for the first one. */
  readonly attempt: number;
}

/** The task in field 1 of the first gRPC message in `bytes`, as Temporal's server writes it; `undefined` where there is none. */
export function namedTask(bytes: Buffer, encoding: string | undefined): NamedTask | undefined {
  try {
    const token = findField(messageOf(bytes, encoding), 1);
    if (!(token instanceof Buffer)) return undefined;
    const [workflowId, attempt] = [findField(token, 2), findField(token, 5)];
    return workflowId instanceof Buffer && typeof attempt === 'number'
      ? { workflowId: String(workflowId), attempt }
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The first gRPC message in `bytes`, decompressed.
 *
 * @throws Error when it is truncated, or compressed by something other than gzip or deflate
 */
export function messageOf(bytes: Buffer, encoding: string | undefined): Buffer {
  if (bytes.length === 0) return bytes;
  const message = bytes.subarray(prefixBytes, prefixBytes + bytes.readUInt32BE(1));
  if (bytes[0] === 0) return message;
  if (encoding === 'gzip') return gunzipSync(message);
  if (encoding === 'deflate') return inflateSync(message);
  throw new RangeError('Unknown compression');
}

/** Walks over the message's fields by their wire types (protobuf.dev/programming-guides/encoding), decoding nothing else. */
function findField(message: Buffer, fieldNumber: number): Buffer | number | undefined {
  let found: Buffer | number | undefined;
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message.readUInt8(at++);
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const isIt = Math.floor(tag / 8) === fieldNumber;
    switch (tag & 7) {
      case 0: {
        const value = varint();
        if (isIt) found = value;
        break;
      }
      case 1:
        at += 8;
        break;
      case 2: {
        const length = varint();
        if (isIt) found = message.subarray(at, at + length);
        at += length;
        break;
      }
      case 5:
        at += 4;
        break;
      default:
        throw new RangeError('Unknown wire type');
    }
  }
  return found;
}
