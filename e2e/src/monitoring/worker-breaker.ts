import type { WorkerPlugin } from '@temporalio/worker';

/** Has workers fail, from a moment on: those that run then, and each new one at once. */
export class WorkerBreaker {
  readonly #broken = Promise.withResolvers<undefined>();

  /** For the workers. */
  readonly plugin: WorkerPlugin = {
    name: 'worker-breaker',
    runWorker: async (worker, next) => {
      const running = next(worker);
      await Promise.race([running, this.#broken.promise]);
      if (worker.getState() !== 'RUNNING') return;
      worker.shutdown();
      await running;
      throw new Error('The worker failed, since a test wants it to');
    },
  };

  break(): void {
    this.#broken.resolve(undefined);
  }
}
