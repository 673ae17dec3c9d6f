import type { FakeClock } from '@worker-auth/testing-fakes';
import type { SupervisedWorker } from '../../src/worker/supervisor.ts';
import type { FakeWorker } from './fake-worker.ts';

/** A supervised worker that was started. */
export interface Started {
  readonly supervised: SupervisedWorker<FakeWorker>;
  readonly running: Promise<void>;
}

/** The worker that was made last. */
export function latestOf(workers: readonly FakeWorker[]): FakeWorker {
  const worker = workers.at(-1);
  if (worker === undefined) throw new Error('There is no worker');
  return worker;
}

/** Starts it, and gives it the time to make its first worker. */
export async function startSupervised(
  supervised: SupervisedWorker<FakeWorker>,
  clock: FakeClock,
): Promise<Started> {
  const running = supervised.run();
  running.catch(() => undefined);
  await clock.advance(0);
  return { supervised, running };
}
