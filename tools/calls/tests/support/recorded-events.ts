import type { WorkerEvents, WorkerEventSink } from '../../src/conditions/worker-events.ts';

/** Keeps what happens to workers, in the order in which it was told. */
export class RecordedEvents implements WorkerEventSink {
  readonly #told: { readonly name: keyof WorkerEvents; readonly event: unknown }[] = [];

  emit<K extends keyof WorkerEvents>(name: K, event: WorkerEvents[K]): void {
    this.#told.push({ name, event });
  }

  get names(): readonly string[] {
    return this.#told.map(({ name }) => name);
  }

  of<K extends keyof WorkerEvents>(name: K): readonly WorkerEvents[K][] {
    return this.#told.filter((one) => one.name === name).map(({ event }) => event as WorkerEvents[K]);
  }
}
