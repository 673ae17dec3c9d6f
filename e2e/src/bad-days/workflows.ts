import { proxyActivities } from '@temporalio/workflow';

/** What a worker of the bad days does. */
export interface Activities {
  /** Takes that many milliseconds. */
  work(ms: number): Promise<void>;
}

/** One activity that takes `ms` milliseconds. */
export async function oneActivity(ms: number, startToCloseMs: number): Promise<void> {
  await proxyActivities<Activities>({ startToCloseTimeout: startToCloseMs }).work(ms);
}
