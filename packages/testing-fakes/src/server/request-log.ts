import { Listeners } from '../listeners.ts';

/** The requests that a server received, and who waits for them. */
export class RequestLog<Request> {
  readonly #requests: Request[] = [];
  readonly #arrivals: ((request: Request) => void)[] = [];
  readonly #listeners = new Listeners<Request>();

  /** Every request so far, oldest first. */
  get requests(): readonly Request[] {
    return this.#requests;
  }

  /** A request arrived. */
  add(request: Request): void {
    this.#requests.push(request);
    for (const resolve of this.#arrivals.splice(0)) resolve(request);
  }

  /** The next request that arrives after this call. */
  next(): Promise<Request> {
    return new Promise((resolve) => this.#arrivals.push(resolve));
  }

  /** Calls `listener` with each request that is over from now on. Returns the function that ends this. */
  subscribe(listener: (request: Request) => void): () => void {
    return this.#listeners.subscribe(listener);
  }

  /** A request was answered, or its connection is over. */
  close(request: Request): void {
    this.#listeners.notify(request);
  }
}
