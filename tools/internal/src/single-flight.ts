import { abortable } from './abortable.ts';
import { throwIfAborted } from './options.ts';

interface Flight<T> {
  readonly promise: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/** Shares one run of a task among everyone who asks while it runs. */
export class SingleFlight<T> {
  #flight: Flight<T> | undefined;

  /**
   * Joins the run under way, or starts one. A caller whose signal is aborted leaves alone; the run is ended when
   * nobody waits for it any more.
   */
  async join(task: (signal: AbortSignal) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    throwIfAborted(signal);
    const flight = this.#flight ?? this.#start(task);
    flight.waiting += 1;
    try {
      return await abortable(flight.promise, signal);
    } finally {
      flight.waiting -= 1;
      if (flight.waiting === 0) this.#abandon(flight);
    }
  }

  /** Makes the next {@link SingleFlight.join} start a run of its own; who waits for the old one still gets it. */
  forget(): void {
    this.#flight = undefined;
  }

  /** Whether a run is under way that the next caller would join. */
  get isRunning(): boolean {
    return this.#flight !== undefined;
  }

  #start(task: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    const { promise, resolve } = Promise.withResolvers<T>();
    const flight: Flight<T> = { promise, controller, waiting: 0 };
    this.#flight = flight;
    // Only now: who asks again from inside the task joins this run and starts no other.
    resolve(task(controller.signal));
    return flight;
  }

  #abandon(flight: Flight<T>): void {
    if (this.#flight === flight) this.#flight = undefined;
    flight.controller.abort(new DOMException('Nobody waits for it any more', 'AbortError'));
  }
}
