import { proxyActivities } from '@temporalio/workflow';
import type * as activities from './activities.js';

const { priceOf } = proxyActivities<typeof activities>({ startToCloseTimeout: '1 minute' });

export async function order(item: string, count: bigint): Promise<bigint> {
  return count * (await priceOf(item));
}
