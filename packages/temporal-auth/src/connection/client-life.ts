import type { Client } from '@temporalio/client';
import { abortable, handled } from '@worker-auth/internal';
import { closedError, notLoaded } from '../errors/own-errors.ts';

export type LifeState = 'new' | 'loading' | 'loaded' | 'closing' | 'closed';

interface Opening {
  readonly done: Promise<void>;
  readonly giveUp: AbortController;
  waiters: number;
}

/** A client of Temporal from its opening to its end. All who wait share one opening, which is given up when the last of them leaves. */
export class ClientLife {
  readonly #connect: (signal: AbortSignal) => Promise<void>;
  #opening: Opening | undefined;
  /** Resolves when nothing is left of openings that are over. */
  #ended: Promise<unknown> = Promise.resolve();
  #client: Client | undefined;
  #closing: Promise<void> | undefined;
  #isClosed = false;

  /** @param connect rejects when the signal aborts, with nothing left open */
  constructor(connect: (signal: AbortSignal) => Promise<Client>, onOpen: () => void) {
    this.#connect = async (signal) => {
      this.#client = await connect(signal);
      onOpen();
    };
  }

  /** @throws ConfigurationError before it is open, StoppedError once it is closed */
  opened(): Client {
    if (this.#closing !== undefined) throw closedError();
    if (this.#client === undefined) throw notLoaded();
    return this.#client;
  }

  get state(): LifeState {
    if (this.#closing !== undefined) return this.#isClosed ? 'closed' : 'closing';
    if (this.#client !== undefined) return 'loaded';
    return this.#opening === undefined ? 'new' : 'loading';
  }

  async open(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#closing !== undefined) throw closedError();
    if (this.#client !== undefined) return;
    const opening = (this.#opening ??= this.#begin());
    opening.waiters++;
    try {
      await abortable(opening.done, signal);
    } finally {
      if (--opening.waiters === 0) this.#end(opening, signal?.reason);
    }
  }

  /** @param end ends what needs the connection; when it throws, that is thrown, and the client stays as it is */
  close(end: () => Promise<void>): Promise<void> {
    this.#closing ??= this.#close(end).catch((error: unknown) => {
      this.#closing = undefined;
      throw error;
    });
    return this.#closing;
  }

  async #close(end: () => Promise<void>): Promise<void> {
    if (this.#opening !== undefined) this.#end(this.#opening, closedError());
    await this.#ended;
    await end();
    await this.#client?.connection.close();
    this.#isClosed = true;
  }

  #begin(): Opening {
    const giveUp = new AbortController();
    return { giveUp, waiters: 0, done: handled(this.#connect(giveUp.signal)) };
  }

  #end(opening: Opening, reason: unknown): void {
    opening.giveUp.abort(reason);
    if (this.#opening !== opening) return;
    this.#opening = undefined;
    this.#ended = Promise.allSettled([this.#ended, opening.done]);
  }
}
