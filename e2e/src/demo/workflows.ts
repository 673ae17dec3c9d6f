import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from './activities.ts';

const { measure, record } = proxyActivities<Activities>({ startToCloseTimeout: '30 seconds' });

/** What the demonstration's worker does all day: two activities, one after the other. */
export async function extraction(item: number): Promise<string> {
  const rows = await measure(item);
  return await record(item, rows);
}
