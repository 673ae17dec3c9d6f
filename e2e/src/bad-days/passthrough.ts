import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A port that hands its connections on to a server, byte by byte: to take that server away without ending it. */
export class Passthrough implements AsyncDisposable {
  readonly #target: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;

  /** @param target the server's port on 127.0.0.1 */
  static async start(target: number): Promise<Passthrough> {
    const passthrough = new Passthrough(target);
    await passthrough.mend();
    return passthrough;
  }

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((socket) => {
      this.#handOn(socket);
    });
  }

  /** `127.0.0.1:PORT`; it stays the same. */
  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Resets what is open, and takes no more connections. */
  async cut(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
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
    const other = connect(this.#target, '127.0.0.1');
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
