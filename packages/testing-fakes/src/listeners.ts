import { callback } from './given/check-given.ts';

type Listener<Event> = (event: Event) => unknown;

/**
 * Listeners to something. One may be added twice, and is then called twice. One that throws, or returns a promise that rejects, disturbs
 * neither the sender nor the others.
 */
export class Listeners<Event> {
  readonly #subscriptions = new Set<{ readonly listener: Listener<Event> }>();

  /** Returns the function that ends this. Throws a TypeError for what is no function. */
  subscribe(listener: Listener<Event>): () => void {
    callback('listener', listener);
    const subscription = { listener };
    this.#subscriptions.add(subscription);
    return () => {
      this.#subscriptions.delete(subscription);
    };
  }

  notify(event: Event): void {
    for (const subscription of [...this.#subscriptions]) {
      // One before it may have ended it.
      if (this.#subscriptions.has(subscription)) tellSafely(subscription.listener, event);
    }
  }
}

function tellSafely<Event>(listener: Listener<Event>, event: Event): void {
  try {
    Promise.resolve(listener(event)).catch(() => undefined);
  } catch {
    // As above.
  }
}
