import { abortable, handled } from '@worker-auth/inlined';

interface Attempt<T> {
  readonly done: Promise<T>;
  readonly giveUp: AbortController;
  waiters: number;
}

/** Work that is started once, and shared by all who wait for it. It is given up when the last of them leaves. */
export class SharedStart<T> {
  readonly #start: (signal: AbortSignal) => Promise<T>;
  #attempt: Attempt<T> | undefined;
  /** Resolves when nothing is left of attempts that were given up. */
  #ended: Promise<unknown> = Promise.resolve();

  constructor(start: (signal: AbortSignal) => Promise<T>) {
    this.#start = start;
  }

  get isRunning(): boolean {
    return this.#attempt !== undefined;
  }

  /** @throws what the start throws; the signal's reason */
  async join(signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const attempt = (this.#attempt ??= this.#begin());
    attempt.waiters++;
    try {
      return await abortable(attempt.done, signal);
    } finally {
      if (--attempt.waiters === 0) this.#end(attempt, signal?.reason);
    }
  }

  /** Gives up an attempt that is under way, and resolves when nothing is left of any. */
  async stop(reason: unknown): Promise<void> {
    if (this.#attempt !== undefined) this.#end(this.#attempt, reason);
    await this.#ended;
  }

  #begin(): Attempt<T> {
    const giveUp = new AbortController();
    return { giveUp, waiters: 0, done: handled(this.#start(giveUp.signal)) };
  }

  #end(attempt: Attempt<T>, reason: unknown): void {
    attempt.giveUp.abort(reason);
    if (this.#attempt !== attempt) return;
    this.#attempt = undefined;
    this.#ended = Promise.allSettled([this.#ended, attempt.done]);
  }
}
