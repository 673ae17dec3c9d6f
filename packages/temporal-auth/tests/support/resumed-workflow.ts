import { proxyActivities } from '@temporalio/workflow';

const { work } = proxyActivities<{ work(name: string): Promise<unknown> }>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '1 ms', maximumAttempts: 3 },
});

/** What the last attempt of an activity gives. */
export async function resumed(name: string): Promise<unknown> {
  return work(name);
}
