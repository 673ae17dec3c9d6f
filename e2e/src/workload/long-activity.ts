import { proxyActivities } from '@temporalio/workflow';

const { run } = proxyActivities<{ run(id: string): Promise<string> }>({ startToCloseTimeout: '10 minutes' });
const beating = proxyActivities<{ run(id: string): Promise<string> }>({
  ...{ startToCloseTimeout: '10 minutes', heartbeatTimeout: '15 seconds' },
});

/** A workflow of one activity, which has more time than any of these outages lasts. */
export async function longActivity(id: string): Promise<string> {
  return run(id);
}

/** The same, where the activity must be heard of. */
export async function beatingActivity(id: string): Promise<string> {
  return beating.run(id);
}
