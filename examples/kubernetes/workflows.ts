import { proxyActivities } from '@temporalio/workflow';

const { countRows } = proxyActivities<{ countRows(table: string): Promise<number> }>({
  startToCloseTimeout: '1 minute',
});

export async function extract(table: string): Promise<string> {
  return `${table}: ${await countRows(table)} rows`;
}
