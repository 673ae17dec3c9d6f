import type { Clock } from '@worker-auth/ports';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer, type ServerOptions as SecureServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { FakeClock } from '../fake-clock.ts';
import {
  anything,
  callback,
  type Checks,
  checkGiven,
  either,
  flag,
  options as optionsOf,
  portNumber,
  withMethods,
} from '../given/check-given.ts';
import { testAuthority } from '../tls/test-authority.ts';
import { type ServerTls, type TlsSettings, tlsSettings } from '../tls/server-tls.ts';
import type { TestCertificates } from '../tls/test-certificates.ts';
import { holdPort } from './held-port.ts';
import { runs, type StartedBy, startedBy } from './left-running.ts';
import { Traffic } from './traffic.ts';

/** Answers one request. What it throws or rejects with is answered with 500 and its message. */
export type LoopbackHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Where a server of the kit listens, and how. */
export interface LoopbackServerOptions {
  /** Default 0, a port that the system hands out. */
  readonly port?: number | undefined;
  /** Serves https: with a certificate of the kit's own authority (`true`), or with yours. Default http. */
  readonly tls?: ServerTls | undefined;
  /**
   * Gives the server the time. A `FakeClock` stands still in its `advance` while a request to the server is under way, and faults take
   * their time by it. Default the host's.
   */
  readonly clock?: Pick<Clock, 'wallNow'> | undefined;
}

/** Settings of {@link LoopbackServer.start}. */
export interface LoopbackServerSettings extends LoopbackServerOptions {
  /**
   * Asks who connects over TLS for a certificate, and serves those without a good one too: `authorized` of the socket says whether the
   * kit's own authority signed it. Default false.
   */
  readonly requestClientCertificate?: boolean | undefined;
}

export const loopbackChecks: Checks<LoopbackServerOptions> = {
  port: portNumber,
  tls: either(
    (value) => typeof value === 'boolean',
    anything,
    // What `testCertificates` and `testClientCertificate` give has the authority beside them.
    optionsOf<TestCertificates>({ cert: anything, key: anything, ca: anything }),
  ),
  clock: withMethods('wallNow'),
};

/** HTTP on 127.0.0.1 that runs until it is stopped, and can come back on its port. */
export class HttpListener implements AsyncDisposable {
  readonly #handler: LoopbackHandler;
  readonly #tls: TlsSettings | undefined;
  readonly #requestCert: boolean;
  readonly #clock: FakeClock | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #startedBy: StartedBy = startedBy();
  #connectionsSeen = 0;
  #port: number;
  #server: Server | undefined;
  #stopped = (): void => undefined;
  #traffic: Traffic | undefined;

  protected constructor(handler: LoopbackHandler, options: LoopbackServerSettings) {
    const { port = 0, tls = false, clock, requestClientCertificate = false } = options;
    this.#handler = handler;
    this.#clock = clock instanceof FakeClock ? clock : undefined;
    this.#port = port;
    this.#tls = tlsSettings(tls);
    this.#requestCert = requestClientCertificate;
  }

  /** `http://127.0.0.1:<port>` or `https://…`, without a trailing slash. */
  get url(): string {
    return `${this.#tls === undefined ? 'http' : 'https'}://127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  /** Whether it accepts connections. */
  get isListening(): boolean {
    return this.#server !== undefined;
  }

  /** The authority that signed the server's certificate (PEM), when it is the kit's own. */
  get caCertificate(): string | undefined {
    return this.#tls?.ca;
  }

  /** How many connections that have brought a request are open now. */
  get openConnections(): number {
    return this.#sockets.size;
  }

  /** How many connections have brought requests so far: 1 when the client keeps its connection alive. */
  get connectionsSeen(): number {
    return this.#connectionsSeen;
  }

  /** Ends the server and every open connection, answered or not. */
  async stop(): Promise<void> {
    await this.#close();
  }

  async #close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    this.#stopped();
    this.#traffic?.end();
    const closed = new Promise((resolve) => server.close(resolve));
    holdPort(this.#port);
    server.closeAllConnections();
    await closed;
  }

  /** Listens on the same port again, with all that it knows, after a {@link HttpListener.stop} or instead of one. */
  async restart(): Promise<void> {
    await this.#close();
    await this.#listen();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  get #clientCertificates(): SecureServerOptions {
    if (!this.#requestCert) return {};
    return { requestCert: true, rejectUnauthorized: false, ca: testAuthority().ca };
  }

  async #listen(): Promise<void> {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      this.#track(request.socket);
      // A client may leave at any time; that is never an error of the server.
      response.on('error', () => undefined);
      const run = (): Promise<void> => answer(this.#handler, request, response);
      void (this.#traffic?.handle(response, run) ?? run());
    };
    const server =
      this.#tls === undefined
        ? createHttpServer(listener)
        : createHttpsServer({ ...this.#tls.certificate, ...this.#clientCertificates }, listener);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
    this.#stopped = runs({ startedBy: this.#startedBy, port: this.#port });
    if (this.#clock !== undefined) this.#traffic = new Traffic(this.#clock, this.#port);
  }

  #track(socket: Socket): void {
    if (this.#sockets.has(socket)) return;
    this.#sockets.add(socket);
    this.#connectionsSeen++;
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

/** An HTTP server on 127.0.0.1 with a handler of your own. */
export class LoopbackServer extends HttpListener {
  static async start(
    handler: LoopbackHandler,
    options: LoopbackServerSettings = {},
  ): Promise<LoopbackServer> {
    callback('handler', handler);
    checkGiven('LoopbackServer.start', options, { ...loopbackChecks, requestClientCertificate: flag });
    const server = new LoopbackServer(handler, options);
    await server.restart();
    return server;
  }
}

/** The whole body of a request, as text. */
export async function readBody(request: IncomingMessage): Promise<string> {
  withMethods('pipe', 'on')('request', request);
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function answer(
  handler: LoopbackHandler,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    await handler(request, response);
  } catch (error) {
    if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
    response.end(String(error));
  }
}
