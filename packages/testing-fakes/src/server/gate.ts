import { parked } from './traffic.ts';

interface Hold<Arrival> {
  readonly isFor: (arrival: Arrival) => boolean;
  readonly released: Promise<undefined>;
}

/** Holds back what passes through it until it is released: concurrency without waiting by time. */
export class Gate<Arrival = void> {
  readonly #holds = new Map<() => void, Hold<Arrival>>();

  /** Resolves at once, or when everything that holds it now is released. */
  async pass(arrival: Arrival): Promise<void> {
    const holding = [...this.#holds.values()].filter(({ isFor }) => isFor(arrival));
    await parked(Promise.all(holding.map(({ released }) => released)));
  }

  /**
   * From now on what comes is held. Returns the function that lets it go; other holds are not ended by it.
   *
   * @param isFor what is held; default all
   */
  hold(isFor: (arrival: Arrival) => boolean = () => true): () => void {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const release = (): void => {
      this.#holds.delete(release);
      resolve(undefined);
    };
    this.#holds.set(release, { isFor, released: promise });
    return release;
  }

  open(): void {
    for (const release of [...this.#holds.keys()]) release();
  }
}
