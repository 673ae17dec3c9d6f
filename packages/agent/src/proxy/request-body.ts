import { frameBytes, maxMessageBytes } from './wire.ts';

/**
 * The bytes of a request as they come, in memory of its own. A chunk of HTTP/2 may have a few bytes, and keeps up to 64 KB that were
 * read from the socket with them.
 */
export class RequestBody {
  #bytes = Buffer.alloc(0);
  #length = 0;

  /** Those that came so far. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /**
   * Returns whether there was room for the chunk.
   *
   * @param take whether there are so many bytes more for it
   */
  add(chunk: Buffer, take: (bytes: number) => boolean): boolean {
    const length = this.#length + chunk.length;
    if (length > maxMessageBytes) return false;
    if (length > this.#bytes.length) {
      const size = this.#sizeFor(length, chunk);
      if (!take(size - this.#bytes.length)) return false;
      const grown = Buffer.allocUnsafeSlow(size);
      this.bytes.copy(grown);
      this.#bytes = grown;
    }
    chunk.copy(this.#bytes, this.#length);
    this.#length = length;
    return true;
  }

  /** Twice as much as before, since copying costs time, and no more than the message is to have. */
  #sizeFor(length: number, chunk: Buffer): number {
    const head = this.#length === 0 ? chunk : this.bytes;
    const announced = head.length < frameBytes ? 0 : frameBytes + head.readUInt32BE(1);
    const most = length <= announced ? Math.min(announced, maxMessageBytes) : maxMessageBytes;
    return Math.min(Math.max(length, 2 * this.#bytes.length), most);
  }
}
