import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** So many bytes of a connection pass before it stands still. */
const passedBytes = 131_072;

/** A link to a server of this host. What a large message is on the way of stands still, until the test says. Other connections go on. */
export class SlowLink implements AsyncDisposable {
  connections = 0;
  /** Sent to the server, by all connections. */
  bytes = 0;
  readonly #server = createServer();
  readonly #standing = new Set<Socket>();
  readonly #sockets = new Set<Socket>();
  #isSlow = false;

  static async open(port: number): Promise<SlowLink> {
    const link = new SlowLink(port);
    await once(link.#server, 'listening');
    return link;
  }

  private constructor(port: number) {
    this.#server.on('connection', (client) => {
      this.connections++;
      this.#join(client, connect(port, '127.0.0.1'));
    });
    this.#server.listen(0, '127.0.0.1');
  }

  /** `host:port`. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get isStanding(): boolean {
    return this.#standing.size > 0;
  }

  slowDown(): void {
    this.#isSlow = true;
  }

  goOn(): void {
    this.#isSlow = false;
    for (const socket of this.#standing) socket.resume();
    this.#standing.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: Socket, server: Socket): void {
    let passed = 0;
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.on('data', (chunk) => {
        to.write(chunk);
        if (from === server) return;
        this.bytes += chunk.length;
        if (this.#isSlow) passed += chunk.length;
        if (!this.#isSlow || passed < passedBytes) return;
        from.pause();
        this.#standing.add(from);
      });
    }
  }
}
