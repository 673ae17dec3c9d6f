import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from './activities.ts';

const { measure, record } = proxyActivities<Activities>({ startToCloseTimeout: '30 seconds' });

/** What a worker does all day, in the demonstration and in tests: two activities, one after the other. */
export async function extraction(item: number): Promise<string> {
  const rows = await measure(item);
  return await record(item, rows);
}
