import type { Worker } from '@temporalio/worker';
import { expect } from 'vitest';
import type { ParkingScene, ParkingSite } from './parking-scene.ts';
import { isSettled, letOthersRun } from './scene.ts';

/** Says that the token is bad, and waits until these workers are parked. */
export async function park({ watch, connection }: ParkingSite, ...workers: readonly Worker[]): Promise<void> {
  watch.say('refused');
  await expect.poll(() => workers.every((worker) => worker.connection !== connection)).toBe(true);
}

/** Lets the polls that are open at Temporal end, and waits until `count` calls and more are held in the lots. */
export async function reachTheLot(scene: ParkingScene, count: number): Promise<void> {
  const held = (): number => scene.lots().reduce((sum, lot) => sum + lot.held, 0);
  await scene.temporalClock.advance(60_000);
  await expect.poll(held).toBeGreaterThanOrEqual(count);
}

/** Gives what `promise` comes to, while time passes in the lots. */
export async function passing<T>({ clock }: ParkingScene, promise: Promise<T>): Promise<T> {
  while (!(await isSettled(promise))) {
    await clock.advance(100);
    await letOthersRun();
  }
  return promise;
}

/** Runs the workers while `body` runs; it may shut them down itself. */
export async function whileRunning(
  scene: ParkingScene,
  workers: readonly Worker[],
  body: () => Promise<void>,
): Promise<void> {
  const running = workers.map((worker) => worker.run());
  try {
    await body();
  } finally {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await passing(scene, Promise.all(running));
  }
}
