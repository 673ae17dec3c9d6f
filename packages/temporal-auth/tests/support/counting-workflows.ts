import { proxyActivities } from '@temporalio/workflow';

const { countRows } = proxyActivities<{ countRows(): Promise<number> }>({ startToCloseTimeout: '1 minute' });

/** What its activity counts. */
export async function counting(): Promise<number> {
  return await countRows();
}
