import { callSafely } from './call-safely.ts';

type Listeners = Set<{ readonly listener: (event: never) => unknown }>;

/**
 * Typed listeners. One that throws, or returns a promise that rejects, disturbs neither the others nor the emitter; one may be added
 * twice, is then called twice, and is removed one by one.
 */
export class Emitter<Events> {
  readonly #listeners: ReadonlyMap<keyof Events, Listeners>;

  /**
   * Makes an emitter without listeners.
   *
   * @param names the name of each event, with `true`
   * @throws TypeError for what is no object
   */
  constructor(names: Readonly<Record<keyof Events, true>>) {
    if (Object(names) !== names) throw new TypeError('Emitter takes an object with the name of each event');
    this.#listeners = new Map(Object.keys(names).map((name) => [name as keyof Events, new Set()]));
  }

  /**
   * Adds a listener and returns the function that removes it.
   *
   * @throws TypeError for an event that there is not
   */
  on<K extends keyof Events>(name: K, listener: (event: Events[K]) => void): () => void {
    const listeners = this.#listeners.get(name);
    if (listeners === undefined) {
      const names = [...this.#listeners.keys()].join(', ');
      const asked = typeof name === 'string' ? `"${name}"` : 'of that name';
      throw new TypeError(`There is no event ${asked}. The events are ${names}`);
    }
    const entry = { listener };
    listeners.add(entry);
    return () => {
      listeners.delete(entry);
    };
  }

  /**
   * Calls the listeners that are there now, in the order in which they were added, but for those that one before them removes.
   *
   * @param isCurrent asked before each of them: a listener may have called back into the emitter's owner, after which the event is
   * not true any more. Default: it stays true
   */
  emit<K extends keyof Events>(name: K, event: Events[K], isCurrent: () => boolean = () => true): void {
    const listeners = this.#listeners.get(name);
    if (listeners === undefined) return;
    for (const entry of [...listeners]) {
      if (!isCurrent()) return;
      if (listeners.has(entry)) callSafely(() => entry.listener(event as never), undefined);
    }
  }
}
