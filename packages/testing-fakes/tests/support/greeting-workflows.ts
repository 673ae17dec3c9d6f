import { proxyActivities } from '@temporalio/workflow';

interface Activities {
  greet(name: string): Promise<string>;
}

const { greet } = proxyActivities<Activities>({ startToCloseTimeout: '1 minute' });

/** What an activity gives. */
export async function greeting(name: string): Promise<string> {
  return await greet(name);
}
