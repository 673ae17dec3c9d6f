import { proxyActivities } from '@temporalio/workflow';

const { run } = proxyActivities<{ run(id: string): Promise<string> }>({ startToCloseTimeout: '10 minutes' });

/** A workflow of one activity, which has more time than any of these outages lasts. */
export async function longActivity(id: string): Promise<string> {
  return run(id);
}
