import { proxyActivities } from '@temporalio/workflow';

interface Activities {
  step(id: string, seconds: number): Promise<string>;
}

/** A workflow of one activity, which has more time than any outage lasts. */
export async function steady(id: string, seconds: number, heartbeatSeconds: number): Promise<string> {
  const { step } = proxyActivities<Activities>({
    startToCloseTimeout: '5 minutes',
    ...(heartbeatSeconds > 0 && { heartbeatTimeout: heartbeatSeconds * 1_000 }),
  });
  return step(id, seconds);
}
