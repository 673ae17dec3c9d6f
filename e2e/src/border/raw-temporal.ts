import { frameFlags, type HeaderFields } from '@worker-auth/workspace/http2-frame';
/**
 * A Temporal that is honest, but for the calls that name an answer in `x-answer`: those get its frames as they are, between honest ones. While it
 * speaks nonsense, each connection that comes gets nothing but that.
 */
import { once } from 'node:events';
import {
  createServer as createHttp2,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { data, field, headers, message } from './frames.ts';

/** A call that is answered by hand. */
export interface RawCall {
  readonly id: number;
  readonly headers: IncomingHttpHeaders;
  readonly stream: ServerHttp2Stream;
  /** Writes frames between those of the session. */
  readonly inject: (...frames: readonly Buffer[]) => Promise<void>;
  /** Headers, a message and trailers, as they are given. */
  readonly answer: (first: HeaderFields, trailers: HeaderFields, body?: Buffer) => Promise<void>;
}

/** What an answer begins with. */
export const ok: HeaderFields = [
  [':status', '200'],
  ['content-type', 'application/grpc'],
];

/** A message with a task that has an hour. */
function taskOf(token: string): Buffer {
  const hour = Buffer.of(0x08, 0x90, 0x1c);
  const named = (number: number): Buffer => field(number, field(1, 'name'));
  return Buffer.concat([field(1, token), named(4), named(5), field(6, 'id'), field(15, hour)]);
}

/** What a session may have in place of a socket that others write to as well: each of its batches is written in one piece. */
function relayOf(socket: Socket): Duplex {
  const relay = new Duplex({
    read: () => {
      socket.resume();
    },
    write: (chunk: Buffer, _encoding, done) => {
      socket.write(chunk);
      done();
    },
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk) => {
    if (!relay.push(chunk)) socket.pause();
  });
  socket.once('close', () => relay.destroy());
  return relay.on('error', () => undefined);
}

export class RawTemporal implements AsyncDisposable {
  /** Each is called when the headers of a call have come. */
  readonly answers = new Map<string, (call: RawCall) => unknown>();
  /** Each value of a header that came, of the last calls. */
  readonly seen: IncomingHttpHeaders[] = [];
  /** Connections that came so far. */
  connections = 0;
  /** What connections get; `undefined`: it is honest. */
  nonsense: ((socket: Socket) => void) | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #socketOf = new WeakMap<ServerHttp2Session, Socket>();
  // Node's default refuses streams while a few large messages are on their way.
  readonly #http2 = createHttp2({ maxSessionMemory: 1_000 });
  readonly #server = createServer((socket) => {
    this.connections++;
    this.#sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => this.#sockets.delete(socket));
    if (this.nonsense !== undefined) this.nonsense(socket);
    else {
      this.#http2.once('session', (session) => this.#socketOf.set(session, socket));
      this.#http2.emit('connection', relayOf(socket));
    }
  });
  #tasks = 0;

  static async start(): Promise<RawTemporal> {
    const temporal = new RawTemporal();
    await once(temporal.#server.listen(0, '127.0.0.1'), 'listening');
    return temporal;
  }

  private constructor() {
    this.#http2.on('session', (session) => {
      session.on('error', () => undefined);
    });
    this.#http2.on('sessionError', () => undefined);
    this.#http2.on('stream', (stream, incoming) => {
      this.#serve(stream, incoming);
    });
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Ends all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await once(this.#server.close(), 'close');
  }

  #serve(stream: ServerHttp2Stream, incoming: IncomingHttpHeaders): void {
    this.seen.push(incoming);
    if (this.seen.length > 1_000) this.seen.shift();
    stream.on('error', () => undefined);
    const answer = this.answers.get(String(incoming['x-answer'] ?? ''));
    if (answer !== undefined) {
      // Reset already: Node's own `respond` would throw.
      if (stream.closed || stream.destroyed) return;
      answer(this.#callOf(stream, incoming));
      return;
    }
    stream.resume().once('end', () => {
      if (!stream.destroyed && !stream.closed) this.#reply(stream, String(incoming[':path']));
    });
  }

  #reply(stream: ServerHttp2Stream, path: string): void {
    const isPoll = path.endsWith('/PollActivityTaskQueue');
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.once('wantTrailers', () => {
      stream.sendTrailers({ 'grpc-status': '0' });
    });
    stream.end(message(isPoll ? taskOf(`task-${++this.#tasks}`) : undefined));
  }

  #callOf(stream: ServerHttp2Stream, incoming: IncomingHttpHeaders): RawCall {
    const id = stream.id ?? 0;
    const socket = this.#socketOf.get(stream.session as ServerHttp2Session);
    const inject = async (...frames: readonly Buffer[]): Promise<void> => {
      socket?.write(Buffer.concat(frames));
      while (socket?.writableNeedDrain === true) await sleep(1);
    };
    const answer = (first: HeaderFields, trailers: HeaderFields, body = message()): Promise<void> =>
      inject(
        headers(id, first),
        data(id, body),
        headers(id, trailers, frameFlags.endHeaders | frameFlags.endStream),
      );
    return { id, headers: incoming, stream, inject, answer };
  }
}
