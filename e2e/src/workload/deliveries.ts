import { proxyActivities } from '@temporalio/workflow';

interface Activities {
  run(id: string): Promise<string>;
}

const { run } = proxyActivities<Activities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '60 seconds',
});
const once = proxyActivities<Activities>({ startToCloseTimeout: '6 seconds', retry: { maximumAttempts: 1 } });

/** Many activities at once, which must be heard of. */
export async function manyActivities(ids: readonly string[]): Promise<number> {
  const results = await Promise.all(ids.map((id) => run(id)));
  return results.length;
}

/** An activity that Temporal waits 6 s for, once. */
export async function shortActivity(id: string): Promise<string> {
  return once.run(id);
}

const beaten = proxyActivities<Activities>({
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '10 seconds',
});

/** An activity that must be heard of each 10 s. */
export async function beatenActivity(id: string): Promise<string> {
  return beaten.run(id);
}
