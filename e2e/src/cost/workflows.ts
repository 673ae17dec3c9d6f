import { proxyActivities } from '@temporalio/workflow';

const { run } = proxyActivities<{ run(): Promise<string> }>({ startToCloseTimeout: '1 minute' });

/** So many activities, 16 at once. */
export async function activities(count: number): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next++ < count) await run();
  };
  await Promise.all(Array.from({ length: 16 }, work));
}
