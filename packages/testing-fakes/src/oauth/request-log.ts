import { Listeners } from '../listeners.ts';
import type { RecordedRequest } from './recorded-request.ts';

/** The requests that a server received, and who waits for them. */
export class RequestLog {
  readonly #requests: RecordedRequest[] = [];
  readonly #arrivals: ((request: RecordedRequest) => void)[] = [];
  readonly #listeners = new Listeners<RecordedRequest>();

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
  subscribe(listener: (request: RecordedRequest) => void): () => void {
    return this.#listeners.subscribe(listener);
  }

  /** A request was answered, or its connection is over. */
  close(request: RecordedRequest): void {
    this.#listeners.tell(request);
  }
}
