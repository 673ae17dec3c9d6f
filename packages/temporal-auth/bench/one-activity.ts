import { proxyActivities } from '@temporalio/workflow';

/** A workflow of one activity that does nothing, on its own queue or another one. */
export async function oneActivity(taskQueue?: string): Promise<void> {
  const { nothing } = proxyActivities<{ nothing(): Promise<void> }>({
    startToCloseTimeout: '1 minute',
    ...(taskQueue !== undefined && { taskQueue }),
  });
  await nothing();
}
