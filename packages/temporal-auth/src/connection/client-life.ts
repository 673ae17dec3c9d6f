import type { LifeState } from '@worker-auth/calls/tokens/client-health';
import type { Client } from '@temporalio/client';
import { SingleFlight, throwIfAborted } from '@worker-auth/internal';
import { closedError, notLoaded } from '@worker-auth/calls/errors/own-errors';

/** A client of Temporal from its opening to its end. All who wait share one opening, which is abandoned when the last of them leaves. */
export class ClientLife {
  readonly #connect: (signal: AbortSignal) => Promise<void>;
  readonly #opening = new SingleFlight<void>();
  #giveUp = new AbortController();
  /** Resolves when nothing is left of any opening. */
  #ended: Promise<unknown> = Promise.resolve();
  #client: Client | undefined;
  #closing: Promise<void> | undefined;
  #isClosed = false;

  /** @param connect rejects when the signal aborts, with nothing left open */
  constructor(connect: (signal: AbortSignal) => Promise<Client>, onOpen: () => void) {
    this.#connect = async (signal) => {
      this.#client = await connect(AbortSignal.any([signal, this.#giveUp.signal]));
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
    return this.#opening.isRunning ? 'loading' : 'new';
  }

  async open(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    if (this.#closing !== undefined) throw closedError();
    if (this.#client !== undefined) return;
    await this.#opening.join((ending) => {
      const done = this.#connect(ending);
      // What it resolves to would hold all errors of before.
      this.#ended = Promise.allSettled([this.#ended, done]).then(() => undefined);
      return done;
    }, signal);
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
    this.#giveUp.abort(closedError());
    this.#giveUp = new AbortController();
    await this.#ended;
    await end();
    await this.#client?.connection.close();
    this.#isClosed = true;
  }
}
