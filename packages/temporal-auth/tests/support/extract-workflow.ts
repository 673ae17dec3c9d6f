import { proxyActivities } from '@temporalio/workflow';

const { countRows } = proxyActivities<{ countRows(): Promise<number> }>({
  startToCloseTimeout: '10 minutes',
});

/** A workflow of one activity. */
export async function extract(): Promise<number> {
  return countRows();
}
