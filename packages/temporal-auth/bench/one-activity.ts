import { proxyActivities } from '@temporalio/workflow';

const { nothing } = proxyActivities<{ nothing(): Promise<void> }>({ startToCloseTimeout: '1 minute' });

/** A workflow of one activity that does nothing. */
export async function oneActivity(): Promise<void> {
  await nothing();
}
