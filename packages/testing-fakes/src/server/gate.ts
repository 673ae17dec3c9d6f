import { parked } from './traffic.ts';

/** Holds back what passes through it until it is released: concurrency without waiting by time. */
export class Gate {
  readonly #holds = new Map<Promise<undefined>, () => void>();

  /** Resolves at once, or when everything that holds it now is released. */
  async pass(): Promise<void> {
    await parked(Promise.all(this.#holds.keys()));
  }

  /** From now on whatever comes is held. Returns the function that lets it go; other holds are not ended by it. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const release = (): void => {
      this.#holds.delete(promise);
      resolve(undefined);
    };
    this.#holds.set(promise, release);
    return release;
  }

  /** Ends all holds. */
  open(): void {
    for (const release of [...this.#holds.values()]) release();
  }
}
