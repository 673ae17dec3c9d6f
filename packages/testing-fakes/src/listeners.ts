type Listener<Event> = (event: Event) => unknown;

/**
 * Who is told of something. One may be added twice, and is then told twice; one that throws, or returns a promise that rejects, is no
 * matter of whoever tells, nor of the others.
 */
export class Listeners<Event> {
  readonly #subscriptions = new Set<{ readonly listener: Listener<Event> }>();

  /** Returns the function that ends this. */
  subscribe(listener: Listener<Event>): () => void {
    const subscription = { listener };
    this.#subscriptions.add(subscription);
    return () => {
      this.#subscriptions.delete(subscription);
    };
  }

  tell(event: Event): void {
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
