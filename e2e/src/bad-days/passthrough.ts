import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A port that hands its connections on to servers in turn, byte by byte: to take them away without ending them. */
export class Passthrough implements AsyncDisposable {
  readonly #targets: readonly number[];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #clients = new Set<Socket>();
  #port = 0;
  #next = 0;

  /** @param targets the servers' ports on 127.0.0.1 */
  static async start(...targets: readonly number[]): Promise<Passthrough> {
    const passthrough = new Passthrough(targets);
    await passthrough.mend();
    return passthrough;
  }

  private constructor(targets: readonly number[]) {
    this.#targets = targets;
    this.#server = createServer((socket) => {
      this.#handOn(socket);
    });
  }

  /** `127.0.0.1:PORT`; it stays the same. */
  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  /** Connections that clients have open. */
  get openConnections(): number {
    return this.#clients.size;
  }

  /** Resets what is open, and takes no more connections. */
  async cut(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
  }

  /** What is open stays so, and nothing comes through any more: as where a firewall has forgotten a connection. */
  forget(): void {
    for (const socket of this.#sockets) socket.unpipe().resume();
  }

  /** What is open stays so, and all that is sent comes through when the returned function is called. */
  hang(): () => void {
    const hanging = [...this.#sockets];
    for (const socket of hanging) socket.pause();
    return () => {
      for (const socket of hanging) socket.resume();
    };
  }

  /** Takes connections again. */
  async mend(): Promise<void> {
    await once(this.#server.listen(this.#port, '127.0.0.1'), 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.cut();
  }

  #handOn(socket: Socket): void {
    this.#clients.add(socket);
    socket.on('close', () => this.#clients.delete(socket));
    const other = connect(this.#targets[this.#next++ % this.#targets.length] ?? 0, '127.0.0.1');
    for (const [end, far] of [
      [socket, other],
      [other, socket],
    ] as const) {
      this.#sockets.add(end);
      end.setNoDelay();
      end.pipe(far);
      end.on('error', () => far.destroy());
      end.on('close', () => {
        this.#sockets.delete(end);
        far.destroy();
      });
    }
  }
}
