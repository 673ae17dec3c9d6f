import { once } from 'node:events';
import {
  connect,
  constants,
  createServer,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type Http2Server,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { BIDI_STREAM } from './grpc.ts';

/** One header block as it came in. */
export interface HeaderBlock {
  readonly fields: IncomingHttpHeaders;
  /** Names and values in turn. */
  readonly raw: readonly string[];
  /** It was the last frame of its stream. */
  readonly endsStream: boolean;
}

/** What a client got for a request. */
export interface RawResponse {
  readonly response: HeaderBlock | undefined;
  readonly body: string;
  readonly trailers: HeaderBlock | undefined;
  /** The code with which the stream ended: 0 for a clean end. */
  readonly rstCode: number;
}

export type RawHandler = (stream: ServerHttp2Stream, request: HeaderBlock) => void;

/** An HTTP/2 server in the place of a Temporal frontend, without gRPC: each request goes to `handler`. */
export class RawFrontend implements AsyncDisposable {
  readonly #server: Http2Server = createServer();
  readonly #sockets = new Set<Socket>();
  handler: RawHandler;

  private constructor(handler: RawHandler) {
    this.handler = handler;
    this.#server.on('connection', (socket: Socket) => this.#sockets.add(socket));
    this.#server.on('stream', (stream, fields, flags, raw: string[]) => {
      stream.on('error', () => undefined);
      this.handler(stream, { fields, raw, endsStream: endsStream(flags) });
    });
  }

  static async start(handler: RawHandler): Promise<RawFrontend> {
    const frontend = new RawFrontend(handler);
    await once(frontend.#server.listen(0, '127.0.0.1'), 'listening');
    return frontend;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How many connections were ever made. */
  get connections(): number {
    return this.#sockets.size;
  }

  get openConnections(): number {
    return [...this.#sockets].filter(({ closed }) => !closed).length;
  }

  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.dropConnections();
    await closed;
  }
}

/** An HTTP/2 client whose requests are gRPC requests of a streaming method. */
export class RawClient implements Disposable {
  readonly session: ClientHttp2Session;

  constructor(address: string) {
    this.session = connect(`http://${address}`);
    this.session.on('error', () => undefined);
  }

  request(headers: OutgoingHttpHeaders = {}): ClientHttp2Stream {
    const stream = this.session.request(
      {
        ':method': 'POST',
        ':path': BIDI_STREAM,
        'content-type': 'application/grpc',
        te: 'trailers',
        ...headers,
      },
      { endStream: false },
    );
    return stream.on('error', () => undefined);
  }

  [Symbol.dispose](): void {
    this.session.destroy();
  }
}

/** All that comes for a request, once its stream is closed. */
export async function responseOf(stream: ClientHttp2Stream): Promise<RawResponse> {
  let response: HeaderBlock | undefined;
  let trailers: HeaderBlock | undefined;
  const chunks: Buffer[] = [];
  stream.on('response', (fields: IncomingHttpHeaders, flags: number, raw: string[]) => {
    response = { fields, raw, endsStream: endsStream(flags) };
  });
  stream.on('trailers', (fields: IncomingHttpHeaders, flags: number, raw: string[]) => {
    trailers = { fields, raw, endsStream: endsStream(flags) };
  });
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  // Not events.once(): that rejects at an `error` event, which a reset stream has too.
  await new Promise((resolve) => stream.once('close', resolve));
  return { response, body: Buffer.concat(chunks).toString(), trailers, rstCode: stream.rstCode };
}

function endsStream(flags: number): boolean {
  return (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
}
