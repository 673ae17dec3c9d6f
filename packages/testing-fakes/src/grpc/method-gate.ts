import { isForMethod, type MethodPattern } from './method-pattern.ts';

/** Holds RPCs back, by their methods, until it is released: concurrency without waiting by time. */
export class MethodGate {
  readonly #holds = new Map<
    () => void,
    { readonly method: MethodPattern | undefined; released: Promise<void> }
  >();

  /** Resolves at once, or when everything that holds this method now is released. */
  async pass(path: string): Promise<void> {
    const holding = [...this.#holds.values()].filter(({ method }) => isForMethod(method, path));
    await Promise.all(holding.map(({ released }) => released));
  }

  /** From now on RPCs are held. Returns the function that lets them go; other holds are not ended by it. */
  hold(method?: MethodPattern): () => void {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const release = (): void => {
      this.#holds.delete(release);
      resolve(undefined);
    };
    this.#holds.set(release, { method, released: promise });
    return release;
  }

  /** Ends all holds. */
  open(): void {
    for (const release of [...this.#holds.keys()]) release();
  }
}
