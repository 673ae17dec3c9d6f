import { http2Frame } from '@worker-auth/workspace/http2-frame';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Types of frames, and their flags (RFC 9113 section 6). */
const frames = { data: 0, headers: 1, settings: 4, ping: 6, continuation: 9 };
const flags = { endStream: 1, ack: 1, endHeaders: 4 };

const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** No frame is larger without a setting. */
const maxFrameBytes = 16_384;

/** `SETTINGS_INITIAL_WINDOW_SIZE`. */
const initialWindowSize = 4;

/** Names and values of header fields, as they go over the wire. */
export type RawFields = readonly (readonly [name: string, value: string])[];

/** Answers of a server whose frames are made by hand. */
export interface RawAnswer {
  readonly headers: RawFields;
  readonly body?: Buffer;
  readonly trailers?: RawFields;
}

/** HTTP/2 by hand: what Node would not send. */
export interface RawHttp2 {
  readonly port: number;
  /** Open connections. */
  readonly sockets: ReadonlySet<Socket>;
  /** How many connections it has had. */
  readonly seen: number;
  /** How many calls it has got whole. */
  readonly calls: number;
}

/** Header fields in frames: each is a literal without indexing (RFC 7541 section 6.2.2), as it is given. */
export function rawHeaders(stream: number, fields: RawFields, isEnd: boolean): Buffer {
  const block = Buffer.concat(fields.flatMap((field) => [Buffer.from([0]), ...field.map(text)]));
  const parts: Buffer[] = [];
  for (let at = 0; at === 0 || at < block.length; at += maxFrameBytes) {
    const end = at + maxFrameBytes >= block.length ? flags.endHeaders : 0;
    const part = block.subarray(at, at + maxFrameBytes);
    parts.push(
      at === 0
        ? http2Frame(frames.headers, end | (isEnd ? flags.endStream : 0), stream, part)
        : http2Frame(frames.continuation, end, stream, part),
    );
  }
  return Buffer.concat(parts);
}

/** A length with a prefix of seven bits, and the text. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  const length = [Math.min(bytes.length, 127)];
  let left = bytes.length - 127;
  if (left >= 0) {
    for (; left > 127; left >>= 7) length.push((left & 127) | 128);
    length.push(left);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}

/**
 * A server of the test: it acknowledges settings and pings, and opens no window by itself.
 *
 * @param answer made when a call has ended
 * @param windowBytes what each call may send
 */
export async function openRawHttp2(answer: () => RawAnswer, windowBytes = 65_535): Promise<RawHttp2> {
  const sockets = new Set<Socket>();
  let [seen, calls] = [0, 0];
  const server = createServer((socket) => {
    seen++;
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
    const window = Buffer.alloc(6);
    window.writeUInt16BE(initialWindowSize);
    window.writeUInt32BE(windowBytes, 2);
    socket.write(http2Frame(frames.settings, 0, 0, window));
    readFrames(socket, preface.length, (type, flag, stream, payload) => {
      const isAck = (flag & flags.ack) !== 0;
      if ((type === frames.settings || type === frames.ping) && !isAck)
        socket.write(http2Frame(type, flags.ack, 0, payload.subarray(0, type === frames.ping ? 8 : 0)));
      const isCall = type === frames.headers || type === frames.data;
      if (!isCall || (flag & flags.endStream) === 0) return;
      calls++;
      const { headers, body, trailers } = answer();
      socket.write(rawHeaders(stream, headers, body === undefined && trailers === undefined));
      if (body !== undefined)
        socket.write(http2Frame(frames.data, trailers === undefined ? flags.endStream : 0, stream, body));
      if (trailers !== undefined) socket.write(rawHeaders(stream, trailers, true));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    ...{ port, sockets },
    get seen() {
      return seen;
    },
    get calls() {
      return calls;
    },
  };
}

/**
 * A way to a server on which header fields that a client sends are replaced by others. Returns its port.
 *
 * @param to port of the server
 */
export async function openRawWay(to: number, fields: RawFields): Promise<number> {
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1').on('error', () => near.destroy());
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('close', () => near.destroy()).pipe(near);
    far.write(preface);
    readFrames(near, preface.length, (type, flag, stream, payload) => {
      const isEnd = (flag & flags.endStream) !== 0;
      far.write(
        type === frames.headers ? rawHeaders(stream, fields, isEnd) : http2Frame(type, flag, stream, payload),
      );
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

type OnFrame = (type: number, flag: number, stream: number, payload: Buffer) => void;

/** Calls a function with each frame that comes after so many bytes. */
function readFrames(socket: Socket, skipped: number, onFrame: OnFrame): void {
  let [rest, skip] = [Buffer.alloc(0), skipped];
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    if (rest.length < skip) return;
    rest = rest.subarray(skip);
    skip = 0;
    while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
      const end = 9 + rest.readUIntBE(0, 3);
      onFrame(rest.readUInt8(3), rest.readUInt8(4), rest.readUInt32BE(5), rest.subarray(9, end));
      rest = rest.subarray(end);
    }
  });
}
