import { proxyActivities } from '@temporalio/workflow';
import type * as activities from './activities';

const { totalOf } = proxyActivities<typeof activities>({ startToCloseTimeout: '1 minute' });

export async function invoice(amounts: readonly number[]): Promise<string> {
  return `Total: ${await totalOf(amounts)}`;
}
