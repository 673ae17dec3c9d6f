import type { Client } from '@temporalio/client';
import { closedError, notLoaded } from '../errors/own-errors.ts';
import { SharedStart } from './shared-start.ts';

/** What a client is doing. */
export type LifeState = 'new' | 'loading' | 'loaded' | 'closing' | 'closed';

/** A client of Temporal from its opening to its end. */
export class ClientLife {
  readonly #opening: SharedStart<void>;
  #client: Client | undefined;
  #closing: Promise<void> | undefined;
  #isClosed = false;

  /**
   * @param open rejects when the signal aborts, with nothing left open
   * @param onOpen called when the client is open
   */
  constructor(open: (signal: AbortSignal) => Promise<Client>, onOpen: () => void) {
    this.#opening = new SharedStart(async (signal) => {
      this.#client = await open(signal);
      onOpen();
    });
  }

  /** @throws ConfigurationError before it is open, StoppedError once it is closed */
  opened(): Client {
    if (this.#closing !== undefined) throw closedError();
    if (this.#client === undefined) throw notLoaded();
    return this.#client;
  }

  get state(): LifeState {
    if (this.#closing !== undefined) return this.#isClosed ? 'closed' : 'closing';
    return this.#client !== undefined ? 'loaded' : this.#opening.isRunning ? 'loading' : 'new';
  }

  /** @throws what opening throws; StoppedError once it is closed; the signal's reason */
  async open(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#closing !== undefined) throw closedError();
    if (this.#client === undefined) await this.#opening.join(signal);
  }

  /**
   * @param end ends what needs the connection; when it throws, the client stays as it is
   * @throws what `end` throws
   */
  close(end: () => Promise<void>): Promise<void> {
    this.#closing ??= this.#close(end).catch((error: unknown) => {
      this.#closing = undefined;
      throw error;
    });
    return this.#closing;
  }

  async #close(end: () => Promise<void>): Promise<void> {
    await this.#opening.stop(closedError());
    await end();
    await this.#client?.connection.close();
    this.#isClosed = true;
  }
}
