/** A client of HTTP/2 that says what it likes, frame by frame, and reads frames in return. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  frameFlags,
  frameReader,
  frameTypes,
  http2Frame,
  preface,
  settingsFrame,
} from '@worker-auth/workspace/http2-frame';

export class RawClient implements Disposable {
  readonly socket: Socket;
  /** Frames that came, by type. */
  readonly came = new Map<number, number>();
  /** Of the next call. */
  #stream = -1;
  /** Whether it has said that it speaks HTTP/2: what comes before is not acknowledged. */
  #hasBegun = false;

  /** @param said settings that it begins with */
  static async open(address: string, said: readonly (readonly [number, number])[] = []): Promise<RawClient> {
    const client = await RawClient.connect(address);
    client.#hasBegun = true;
    await client.write(preface, settingsFrame(...said));
    while (client.isOpen && !client.came.has(frameTypes.settings)) await sleep(2);
    return client;
  }

  /** It says nothing yet. */
  static async connect(address: string): Promise<RawClient> {
    const [host = '', port] = address.split(':');
    const socket = connect(Number(port), host);
    const client = new RawClient(socket);
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
    return client;
  }

  private constructor(socket: Socket) {
    this.socket = socket.on('error', () => undefined);
    const read = frameReader((type, flag) => {
      this.came.set(type, (this.came.get(type) ?? 0) + 1);
      if (this.#hasBegun && type === frameTypes.settings && (flag & frameFlags.ack) === 0)
        socket.write(http2Frame(frameTypes.settings, frameFlags.ack, 0));
    });
    socket.on('data', read);
  }

  get isOpen(): boolean {
    return this.socket.writable;
  }

  next(): number {
    this.#stream += 2;
    return this.#stream;
  }

  /** In one write. Resolves when the peer has taken enough of it, or is gone, or after a second. */
  async write(...parts: readonly Buffer[]): Promise<void> {
    if (!this.isOpen || this.socket.write(Buffer.concat(parts))) return;
    const waiting = new AbortController();
    const { signal } = waiting;
    const ends = ['drain', 'close'].map((event) => once(this.socket, event, { signal }));
    await Promise.race([...ends, sleep(1_000, undefined, { signal })]).catch(() => undefined);
    waiting.abort();
    await Promise.allSettled(ends);
  }

  /** Reads no more. */
  mute(): void {
    this.socket.pause();
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
