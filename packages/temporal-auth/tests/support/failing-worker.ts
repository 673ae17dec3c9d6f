import { Worker } from '@temporalio/worker';
import { expect, type MockInstance, vi } from 'vitest';
import { transportError } from './fake-worker.ts';

/** The parts of Temporal's worker that nobody else is to touch. */
interface Inside {
  readonly instantTerminateErrorSubject: { error(error: Error): void };
  readonly nativeWorker: { initiateShutdown(): void; finalizeShutdown(): Promise<void> };
}

/** Whoever makes a worker from now on. */
export function watchCreations(): MockInstance<typeof Worker.create> {
  return vi.spyOn(Worker, 'create');
}

/** The worker that was made last but `back`, once it is there and runs. */
export async function runningWorker(
  creations: MockInstance<typeof Worker.create>,
  number: number,
): Promise<Worker> {
  await expect.poll(() => creations.mock.settledResults[number - 1]?.type).toBe('fulfilled');
  const worker = creations.mock.settledResults[number - 1]?.value as Worker;
  await expect.poll(() => worker.getState()).toBe('RUNNING');
  return worker;
}

/**
 * Brings about at once what a fatal error of a poll does after a minute of rejections: Core gives up the worker's place on its connection, the
 * worker is FAILED without having drained, and its `run()` does not say why.
 */
export function failWorker(worker: Worker, { keepsPlace = false } = {}): void {
  const { nativeWorker, instantTerminateErrorSubject } = worker as unknown as Inside;
  if (!keepsPlace) nativeWorker.initiateShutdown();
  instantTerminateErrorSubject.error(transportError('Request unauthorized.'));
}

/** As {@link failWorker}, and `run()` does not settle: the worker holds its connection until the returned function is called. */
export function hangWorker(worker: Worker): () => void {
  const { nativeWorker } = worker as unknown as Inside;
  const released = Promise.withResolvers<undefined>();
  const finalize = nativeWorker.finalizeShutdown.bind(nativeWorker);
  vi.spyOn(nativeWorker, 'finalizeShutdown').mockImplementation(async () => {
    await released.promise;
    await finalize().catch(() => undefined);
  });
  failWorker(worker);
  return () => {
    released.resolve(undefined);
  };
}
