import { proxyLocalActivities } from '@temporalio/workflow';

const { countRows } = proxyLocalActivities<{ countRows(): Promise<number> }>({
  startToCloseTimeout: '1 minute',
});

/** A workflow of one local activity. */
export async function extract(): Promise<number> {
  return countRows();
}
