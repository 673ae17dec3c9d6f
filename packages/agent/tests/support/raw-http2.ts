import {
  frameFlags,
  frameReader,
  frameTypes,
  headerFrames,
  type HeaderFields,
  http2Frame,
  preface,
  settingsFrame,
} from '@worker-auth/workspace/http2-frame';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** `SETTINGS_INITIAL_WINDOW_SIZE`. */
const initialWindowSize = 4;

/** Answers of a server whose frames are made by hand. */
export interface RawAnswer {
  readonly headers: HeaderFields;
  readonly body?: Buffer;
  readonly trailers?: HeaderFields;
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
    socket.write(settingsFrame([initialWindowSize, windowBytes]));
    readFrames(socket, (type, flag, stream, payload) => {
      const isAck = (flag & frameFlags.ack) !== 0;
      if ((type === frameTypes.settings || type === frameTypes.ping) && !isAck)
        socket.write(
          http2Frame(type, frameFlags.ack, 0, payload.subarray(0, type === frameTypes.ping ? 8 : 0)),
        );
      const isCall = type === frameTypes.headers || type === frameTypes.data;
      if (!isCall || (flag & frameFlags.endStream) === 0) return;
      calls++;
      const { headers, body, trailers } = answer();
      socket.write(
        headerFrames(
          stream,
          headers,
          body === undefined && trailers === undefined ? frameFlags.endStream : 0,
        ),
      );
      if (body !== undefined)
        socket.write(
          http2Frame(frameTypes.data, trailers === undefined ? frameFlags.endStream : 0, stream, body),
        );
      if (trailers !== undefined) socket.write(headerFrames(stream, trailers, frameFlags.endStream));
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
export async function openRawWay(to: number, fields: HeaderFields): Promise<number> {
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1').on('error', () => near.destroy());
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('close', () => near.destroy()).pipe(near);
    far.write(preface);
    readFrames(near, (type, flag, stream, payload) => {
      far.write(
        type === frameTypes.headers
          ? headerFrames(stream, fields, flag & frameFlags.endStream)
          : http2Frame(type, flag, stream, payload),
      );
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** Calls a function with each frame that comes after the preface. */
function readFrames(socket: Socket, onFrame: Parameters<typeof frameReader>[0]): void {
  const read = frameReader(onFrame);
  let skip = preface.length;
  socket.on('data', (chunk: Buffer) => {
    read(chunk.subarray(skip));
    skip = Math.max(0, skip - chunk.length);
  });
}
