import { Emitter } from '@worker-auth/ports';
import { callback } from '../given/check-given.ts';

const maxKept = 10_000;

/** Adds to a list that forgets its oldest items: in steps, since each costs as much as the whole list is long. */
export function addNewest<Item>(list: Item[], item: Item): void {
  if (list.length >= 1.1 * maxKept) list.splice(0, list.length - maxKept);
  list.push(item);
}

/** The requests that a server received, and who waits for them. */
export class RequestLog<Request> {
  readonly #requests: Request[] = [];
  readonly #arrivals: ((request: Request) => void)[] = [];
  readonly #listeners = new Emitter<{ readonly request: Request }>({ request: true });

  /** The newest 10,000 requests, oldest first. */
  get requests(): readonly Request[] {
    return this.#requests;
  }

  add(request: Request): void {
    addNewest(this.#requests, request);
    for (const resolve of this.#arrivals.splice(0)) resolve(request);
  }

  next(): Promise<Request> {
    return new Promise((resolve) => this.#arrivals.push(resolve));
  }

  /** Calls `listener` with each request that has ended from now on. Returns the function that ends this. */
  subscribe(listener: (request: Request) => void): () => void {
    callback('listener', listener);
    return this.#listeners.on('request', listener);
  }

  /** A request was answered, or its connection has ended. */
  close(request: Request): void {
    this.#listeners.emit('request', request);
  }
}
