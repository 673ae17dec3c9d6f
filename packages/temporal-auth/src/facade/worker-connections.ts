import { isHeldByWorkers } from '../errors/refusal.ts';
import type { WatchedConnection } from '../worker/watched-connection.ts';

/**
 * The native connections of a client's workers: the one that new workers are made on, and those that it has replaced. These serve whoever is
 * left on them, and are kept on the newest token, until all are closed.
 */
export class WorkerConnections {
  readonly #connect: () => Promise<WatchedConnection>;
  /** Each with its opening. */
  readonly #open = new Map<WatchedConnection, Promise<WatchedConnection>>();
  #current: Promise<WatchedConnection> | undefined;

  /** @param connect opens another one */
  constructor(connect: () => Promise<WatchedConnection>) {
    this.#connect = connect;
  }

  /** The one that was opened last, and is still open. */
  get newest(): WatchedConnection | undefined {
    return [...this.#open.keys()].at(-1);
  }

  /**
   * The connection for the next worker.
   *
   * @param otherThan one that is not to be used any more by new workers
   * @throws what opening it throws; the next call tries again
   */
  async take(otherThan?: WatchedConnection): Promise<WatchedConnection> {
    const opening = (this.#current ??= this.#openNext());
    const native = await opening;
    if (native !== otherThan) return native;
    this.#forget(opening);
    return this.take(otherThan);
  }

  /** Closes one that no worker uses; one that a worker holds all the same stays open, and is not used any more by new ones. */
  async drop(native: WatchedConnection): Promise<void> {
    this.#forget(this.#open.get(native));
    await this.#close(native).catch(() => undefined);
  }

  /**
   * Closes them all. What a worker still holds cannot be closed, and is left to it, without a token that is kept new.
   *
   * @param onLeft called for each of those
   * @throws what Temporal throws for another reason; may be called again then
   */
  async close(onLeft: () => void): Promise<void> {
    // One that could not be opened is not open.
    await this.#current?.catch(() => undefined);
    for (const native of [...this.#open.keys()]) {
      try {
        await this.#close(native);
      } catch (error) {
        if (!isHeldByWorkers(error)) throw error;
        await native.giveUp();
        this.#open.delete(native);
        onLeft();
      }
    }
  }

  #openNext(): Promise<WatchedConnection> {
    const opening = this.#connect().then((native) => {
      this.#open.set(native, opening);
      return native;
    });
    opening.catch(() => {
      this.#forget(opening);
    });
    return opening;
  }

  #forget(opening: Promise<WatchedConnection> | undefined): void {
    if (this.#current === opening) this.#current = undefined;
  }

  async #close(native: WatchedConnection): Promise<void> {
    await native.close();
    this.#open.delete(native);
  }
}
