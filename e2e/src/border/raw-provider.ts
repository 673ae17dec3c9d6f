/** In the place of the token endpoint: passes requests on to an honest one, unless it has an answer of its own. */
import { testCertificates } from '@worker-auth/testing-fakes';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createServer as createTlsServer,
  type Server as TlsServer,
  type SecureContextOptions,
} from 'node:tls';

/** What gets a request, as it came, and the connection that it came by. */
export type ProviderAnswer = (socket: Socket, request: string) => unknown;

/** It is cut off after so long, in ms, where the agent reads on. */
const pourMs = 15_000;

/** A response as it is sent. */
export function response(
  body: string | Buffer,
  status = '200 OK',
  headers: readonly string[] = ['content-type: application/json'],
): Buffer {
  const head = [`HTTP/1.1 ${status}`, ...headers, `content-length: ${Buffer.byteLength(body)}`];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body)]);
}

/** Sends a head, and a piece again and again until the agent ends the connection. */
export function pour(head: string, piece: string | Buffer): ProviderAnswer {
  const many = Buffer.concat(
    Array.from({ length: Math.ceil(65_536 / piece.length) }, () => Buffer.from(piece)),
  );
  return async (socket) => {
    const until = performance.now() + pourMs;
    socket.write(`${head}\r\n`);
    while (socket.writable && performance.now() < until) {
      if (!socket.writableNeedDrain) socket.write(many);
      await sleep(1);
    }
    socket.destroy();
  };
}

export class RawProvider implements AsyncDisposable {
  /** `undefined`: it is honest. */
  answer: ProviderAnswer | undefined;
  /** What a new connection gets before it has asked. */
  greet: ((socket: Socket) => unknown) | undefined;
  /** Requests that came so far, and connections that were greeted. */
  asked = 0;
  /** Clients that did not believe its certificate. */
  doubted = 0;
  /** Bytes that the last connections took, at most. */
  mostBytes = 0;
  readonly #honestUrl: string;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server | TlsServer;

  /** @param honestUrl the token endpoint that requests go to */
  static async start(honestUrl: string, isTls = false): Promise<RawProvider> {
    const provider = new RawProvider(honestUrl, isTls);
    await once(provider.#server.listen(0, '127.0.0.1'), 'listening');
    return provider;
  }

  private constructor(honestUrl: string, isTls: boolean) {
    this.#honestUrl = honestUrl;
    const serve = (socket: Socket): void => {
      this.#serve(socket);
    };
    this.#server = isTls ? createTlsServer(testCertificates(), serve) : createServer(serve);
    this.#server.on('tlsClientError', () => this.doubted++);
  }

  get origin(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${'setSecureContext' in this.#server ? 'https' : 'http'}://127.0.0.1:${port}`;
  }

  get url(): string {
    return `${this.origin}/token`;
  }

  /** Connections that are open. */
  get open(): number {
    return this.#sockets.size;
  }

  /** Presents another certificate from now on. */
  present(certificate: SecureContextOptions): void {
    if ('setSecureContext' in this.#server) this.#server.setSecureContext(certificate);
  }

  /** Ends all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await once(this.#server.close(), 'close');
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let came = '';
    socket
      .on('error', () => undefined)
      .once('close', () => {
        this.#sockets.delete(socket);
        this.mostBytes = Math.max(this.mostBytes, socket.bytesWritten);
      })
      .on('data', (chunk: Buffer) => {
        came += chunk.toString('latin1');
        const [head = '', ...rest] = came.split('\r\n\r\n');
        const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
        if (rest.length === 0 || rest.join('\r\n\r\n').length < length) return;
        this.asked++;
        const request = came;
        came = '';
        void (this.answer ?? this.#passOn)(socket, request);
      });
    if (this.greet === undefined) return;
    this.asked++;
    this.greet(socket);
  }

  readonly #passOn = async (socket: Socket, request: string): Promise<void> => {
    if (request.startsWith('GET')) {
      const document = { issuer: this.origin, token_endpoint: this.url };
      socket.write(response(JSON.stringify(document)));
      return;
    }
    const [, body = ''] = request.split('\r\n\r\n');
    const authorization = /^authorization: (.+)$/im.exec(request)?.[1];
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      ...(authorization !== undefined && { authorization }),
    };
    const honest = await fetch(this.#honestUrl, { method: 'POST', headers, body });
    socket.write(response(await honest.text(), `${honest.status} Passed on`));
  };
}
