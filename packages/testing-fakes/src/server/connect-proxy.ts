import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { checkGiven, portNumber, recordOf, text } from '../given/check-given.ts';

import { runs, type StartedBy, startedBy } from './left-running.ts';

/** Settings of {@link ConnectProxy.start}. */
export interface ConnectProxyOptions {
  /**
   * Where a tunnel really ends: the port of 127.0.0.1 for each `host:port` that may be asked for, so that a name which no resolver knows is one
   * that only the proxy reaches. Everything else is answered with 502.
   */
  readonly routes: Readonly<Record<string, number>>;
  /** `user:password` that the client must send (RFC 7617); without it the response is 407. Default none. */
  readonly login?: string | undefined;
}

/** An HTTP proxy on 127.0.0.1 that opens tunnels (CONNECT, RFC 9110 section 9.3.6), and counts them. */
export class ConnectProxy implements AsyncDisposable {
  /** What it was asked for, `host:port` in order, rejected or not. */
  readonly asked: string[] = [];
  readonly #options: ConnectProxyOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #startedBy: StartedBy = startedBy();
  #tunnels = 0;
  #stopped = (): void => undefined;

  static async start(options: ConnectProxyOptions): Promise<ConnectProxy> {
    checkGiven('ConnectProxy.start', options, { routes: recordOf(portNumber), login: text });
    const proxy = new ConnectProxy(options);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    proxy.#stopped = runs({ startedBy: proxy.#startedBy, port: proxy.port });
    return proxy;
  }

  private constructor(options: ConnectProxyOptions) {
    this.#options = options;
    this.#server = createServer((_request, response) => {
      // It takes nothing that is not a tunnel.
      response.writeHead(405).end();
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      // A client may leave at any time; that is no error of the proxy.
      socket.on('error', () => undefined);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('connect', (request: IncomingMessage, client: Socket) => {
      this.#connect(request, client);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** `http://127.0.0.1:<port>`, without credentials. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** How many tunnels it has opened. */
  get tunnels(): number {
    return this.#tunnels;
  }

  /** Ends the proxy and every tunnel. */
  async stop(): Promise<void> {
    this.#stopped();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #connect({ url: asked = '', headers }: IncomingMessage, client: Socket): void {
    this.asked.push(asked);
    const { routes, login } = this.#options;
    if (login !== undefined && headers['proxy-authorization'] !== basic(login)) {
      reject(client, '407 Proxy Authentication Required');
      return;
    }
    const port = routes[asked];
    if (port === undefined) {
      reject(client, '502 Bad Gateway');
      return;
    }
    const target = connect(port, '127.0.0.1', () => {
      this.#tunnels++;
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      // The end of one side is that of the other.
      pipeline(client, target, client, () => undefined);
    });
    target.once('error', () => client.destroy());
  }
}

function basic(login: string): string {
  return `Basic ${Buffer.from(login).toString('base64')}`;
}

function reject(client: Socket, status: string): void {
  client.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
}
