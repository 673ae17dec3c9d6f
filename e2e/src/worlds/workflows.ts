import {
  CancellationScope,
  continueAsNew,
  executeChild,
  proxyActivities,
  proxyLocalActivities,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { ItemKind } from './world.ts';

/** What both workers do. */
export interface Activities {
  /** Says so to the lane, and takes its time. */
  work(kind: ItemKind, seconds: number): Promise<unknown>;
}

const startToCloseTimeout = '60 seconds';
const retry = { initialInterval: '200ms' } as const;
const beating = proxyActivities<Activities>({
  ...{ startToCloseTimeout, heartbeatTimeout: '10 seconds', retry },
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
});
const local = proxyLocalActivities<Activities>({ startToCloseTimeout, retry });

/** One activity of a kind. @param startToCloseMs of one of no special kind */
export async function item(kind: ItemKind, seconds: number, startToCloseMs = 60_000): Promise<void> {
  if (kind === 'local') await local.work(kind, seconds);
  else if (kind === 'beating') await beating.work(kind, seconds);
  else if (kind === 'cancelled') await cancelledAfter(seconds);
  else if (kind === 'child') await childOf(workflowInfo().workflowId, seconds);
  else await proxyActivities<Activities>({ startToCloseTimeout: startToCloseMs, retry }).work(kind, seconds);
  if (kind === 'again' && workflowInfo().continuedFromExecutionRunId === undefined)
    await continueAsNew<typeof item>(kind, seconds);
}

/** What workers in other languages know too. */
export async function steady(id: string, seconds: number, heartbeatSeconds: number): Promise<string> {
  const { step } = proxyActivities<{ step(id: string, seconds: number): Promise<string> }>({
    startToCloseTimeout: '5 minutes',
    ...(heartbeatSeconds > 0 && { heartbeatTimeout: heartbeatSeconds * 1_000 }),
  });
  return step(id, seconds);
}

/** Its id ends as that of its parent. */
async function childOf(parent: string, seconds: number): Promise<void> {
  await executeChild(item, { workflowId: `child of ${parent}`, args: ['short', seconds] });
}

async function cancelledAfter(seconds: number): Promise<void> {
  const scope = new CancellationScope();
  const running = scope.run(() => beating.work('cancelled', 50));
  await sleep(seconds * 1_000);
  scope.cancel();
  // It may end by a time-out, where its heartbeats do not arrive.
  await running.catch(() => undefined);
}
