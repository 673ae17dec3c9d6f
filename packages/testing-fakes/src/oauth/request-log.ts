import type { RecordedRequest } from './recorded-request.ts';

type Listener = (request: RecordedRequest) => void;

/** The requests that a server received, and who waits for them. */
export class RequestLog {
  readonly #requests: RecordedRequest[] = [];
  readonly #arrivals: Listener[] = [];
  readonly #listeners = new Set<{ readonly call: Listener }>();

  /** Every request so far, oldest first. */
  get requests(): readonly RecordedRequest[] {
    return this.#requests;
  }

  /** A request arrived. */
  add(request: RecordedRequest): void {
    this.#requests.push(request);
    for (const resolve of this.#arrivals.splice(0)) resolve(request);
  }

  /** The next request that arrives after this call. */
  next(): Promise<RecordedRequest> {
    return new Promise((resolve) => this.#arrivals.push(resolve));
  }

  /** Calls `listener` with each request that is over from now on. Returns the function that ends this. */
  subscribe(listener: Listener): () => void {
    const subscription = { call: listener };
    this.#listeners.add(subscription);
    return () => this.#listeners.delete(subscription);
  }

  /** A request was answered, or its connection is over. */
  close(request: RecordedRequest): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener.call(request);
      } catch {
        // What a listener does is no matter of the server, nor of the other listeners.
      }
    }
  }
}
