import {
  CancellationScope,
  continueAsNew,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';

interface Activities {
  countRows(from?: number): Promise<number>;
}

const { countRows } = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '40 seconds',
});
const stubborn = proxyActivities<Activities>({
  startToCloseTimeout: '3 seconds',
  retry: { maximumAttempts: 2, initialInterval: '10 ms' },
});
const waiting = proxyActivities<Activities>({
  // Core sends heartbeats no more often than this allows.
  ...{ startToCloseTimeout: '1 minute', heartbeatTimeout: '2 seconds' },
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
});
const local = proxyLocalActivities<Activities>({ startToCloseTimeout: '1 minute' });

/** An activity whose time is over soon, and that is tried once more. */
export async function timingOut(): Promise<number> {
  return stubborn.countRows();
}

/** An activity that is cancelled as soon as it has begun; what became of it. */
export async function cancelling(): Promise<string> {
  const scope = new CancellationScope();
  const counting = scope.run(() => waiting.countRows());
  await countRows(-1);
  scope.cancel();
  return counting.then(String, (error: unknown) => (isCancellation(error) ? 'cancelled' : String(error)));
}

/** Goes on as a new run after each activity, three times. */
export async function continuing(from = 0): Promise<number> {
  const next = await countRows(from);
  return next < 3 ? continueAsNew<typeof continuing>(next) : next;
}

/** A local activity. */
export async function locally(): Promise<number> {
  return local.countRows();
}
