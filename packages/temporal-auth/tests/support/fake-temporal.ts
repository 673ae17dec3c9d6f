import { createServer, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';

/** One call as it came in. */
export interface ReceivedCall {
  /** The method's short name, `DescribeNamespace` for example. */
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** What was asked, in gRPC's frame. */
  readonly body: Buffer;
}

/** How a call ends: with an empty message, with a status, or not at all. */
export type Reply = 'empty' | 'silence' | { readonly status: number; readonly message: string };

/**
 * An HTTP/2 server in the place of a Temporal frontend: each call is remembered and gets an empty message; polls are held. `reply` decides
 * otherwise.
 */
export class FakeTemporal implements AsyncDisposable {
  readonly calls: ReceivedCall[] = [];
  /** Decides about each call; may be replaced at any time. */
  reply: (call: ReceivedCall) => Reply | Promise<Reply> = () => 'empty';
  readonly #server: Http2Server = createServer();
  readonly #sockets = new Set<Socket>();
  readonly #listeners = new Set<() => void>();
  #opened = 0;

  static async start(): Promise<FakeTemporal> {
    const fake = new FakeTemporal();
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  private constructor() {
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      this.#opened++;
      this.#changed();
      socket.once('close', () => {
        this.#sockets.delete(socket);
        this.#changed();
      });
    });
    this.#server.on('stream', (stream, headers) => {
      stream.on('error', () => undefined);
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.once('end', () => {
        void this.#serve(stream, headers, Buffer.concat(chunks));
      });
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many connections are open now. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** How many connections were ever opened. */
  get opened(): number {
    return this.#opened;
  }

  /** The tokens that calls of a method came with, in order; `undefined` for a call without one. */
  tokensOf(method: string): (string | undefined)[] {
    return this.calls
      .filter((call) => call.method === method)
      .map(({ headers }) => headers.authorization?.replace(/^Bearer /, ''));
  }

  /** Resolves as soon as `condition` holds; looked at after each call and each connection that ends. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        const listener = (): void => {
          this.#listeners.delete(listener);
          resolve();
        };
        this.#listeners.add(listener);
      });
    }
  }

  /** Resolves when the next call of a method has come in. */
  next(method: string): Promise<void> {
    const before = this.tokensOf(method).length;
    return this.until(() => this.tokensOf(method).length > before);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, body: Buffer): Promise<void> {
    const path = headers[':path'] ?? '';
    const call = { method: path.slice(path.lastIndexOf('/') + 1), headers, body };
    this.calls.push(call);
    const replying = call.method.startsWith('Poll') ? 'silence' : this.reply(call);
    this.#changed();
    const reply = await replying;
    if (reply === 'silence' || stream.destroyed) return;
    const head = { ':status': 200, 'content-type': 'application/grpc' };
    if (reply !== 'empty') {
      const trailers = { 'grpc-status': reply.status, 'grpc-message': encodeURIComponent(reply.message) };
      stream.respond({ ...head, ...trailers }, { endStream: true });
      return;
    }
    stream.respond(head, { waitForTrailers: true });
    stream.on('wantTrailers', () => {
      stream.sendTrailers({ 'grpc-status': 0 });
    });
    // A message of no fields: not compressed, of length 0.
    stream.end(Buffer.alloc(5));
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
