import type { FakeClock, RecordingLogger } from '@worker-auth/testing-fakes';

/** Time that a test moves. */
export interface Passing {
  readonly clock: FakeClock;
  readonly log: RecordingLogger;
}

/** Goes on by half seconds until the condition holds. */
export async function passUntil(
  { clock, log }: Passing,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  for (let step = 0; !(await condition()); step++) {
    if (step > 2_000) throw new Error(`It did not come to that:\n${log.text()}`);
    await clock.advance(500);
    await letOthersRun();
  }
}

/**
 * Lets what knows nothing of the clock go on: a probe is a real request, and a worker has threads of its own. By turns, since on a busy machine
 * others run only between them.
 */
async function letOthersRun(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Lets time pass until `promise` is settled, half a second at a time, and gives what it came to. */
export async function settled<T>(passing: Passing, promise: Promise<T>): Promise<T> {
  let isOver = false;
  const end = (): void => void (isOver = true);
  promise.then(end, end);
  await passUntil(passing, () => isOver);
  return promise;
}
