import { proxyActivities } from '@temporalio/workflow';

const { countRows } = proxyActivities<{ countRows(): Promise<number> }>({
  startToCloseTimeout: '1 minute',
});

/** A workflow of one activity. */
export async function extract(): Promise<number> {
  return countRows();
}
