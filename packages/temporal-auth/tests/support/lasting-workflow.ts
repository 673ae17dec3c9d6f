import { proxyActivities } from '@temporalio/workflow';

const { work } = proxyActivities<{ work(name: string): Promise<unknown> }>({
  startToCloseTimeout: '5 minutes',
});

/** A workflow of one activity that may take long. */
export async function lasting(name: string): Promise<unknown> {
  return work(name);
}
