import type { RunnableWorker } from '../../src/worker/worker-run.ts';

/** A worker as far as its supervisor sees it: the test says what becomes of it. */
export class FakeWorker implements RunnableWorker {
  #state: ReturnType<RunnableWorker['getState']> = 'INITIALIZED';
  readonly #run = Promise.withResolvers<undefined>();
  /** Temporal's own is told why the worker failed. */
  readonly logger: { error: (message: string, meta?: Record<string, unknown>) => void } = {
    error: () => undefined,
  };
  runs = 0;
  shutdowns = 0;

  getState(): ReturnType<RunnableWorker['getState']> {
    return this.#state;
  }

  run(): Promise<void> {
    this.runs++;
    this.#state = 'RUNNING';
    return this.#run.promise;
  }

  shutdown(): void {
    if (this.#state !== 'RUNNING') throw new Error(`Not running. Current state: ${this.#state}`);
    this.shutdowns++;
    this.#state = 'STOPPING';
  }

  /** It has drained, whoever shut it down. */
  end(): void {
    this.#state = 'STOPPED';
    this.#run.resolve(undefined);
  }

  /** It has failed, for the reason that its log is told; its `run()` never settles. */
  fail(reason?: unknown): void {
    this.#state = 'FAILED';
    if (reason !== undefined) this.logger.error('Worker failed', { error: reason });
  }

  /** Its `run()` rejects, with whatever kept it from cleaning up. */
  reject(error: unknown): void {
    this.#state = 'FAILED';
    this.#run.reject(error);
  }

  get connection(): never {
    throw new Error('A supervisor leaves the connection of a worker alone');
  }

  set connection(connection: unknown) {
    throw new Error(`A supervisor gives no worker a connection, not ${String(connection)} either`);
  }
}

/** As Temporal's native connection makes them. */
export function transportError(message: string): Error {
  return Object.assign(new Error(message), { name: 'TransportError' });
}
