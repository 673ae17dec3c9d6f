import { ApplicationFailure, proxyActivities } from '@temporalio/workflow';

const { countRows, work } = proxyActivities<{
  countRows(): Promise<number>;
  work(name: string): Promise<unknown>;
}>({ startToCloseTimeout: '10 minutes' });

const { give } = proxyActivities<{ give(name: string): Promise<unknown> }>({
  startToCloseTimeout: '1 minute',
  retry: { maximumAttempts: 1 },
});

const { work: workAgain } = proxyActivities<{ work(name: string): Promise<unknown> }>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '1 ms', maximumAttempts: 3 },
});

/** A workflow of one activity. */
export async function extract(): Promise<number> {
  return countRows();
}

/** A workflow of one activity that may take long. */
export async function lasting(name: string): Promise<unknown> {
  return work(name);
}

/** What the last attempt of an activity gives. */
export async function resumed(name: string): Promise<unknown> {
  return workAgain(name);
}

/** What an activity gave or threw, as a workflow sees it. */
export async function outcome(name: string): Promise<unknown> {
  try {
    return { value: await give(name) };
  } catch (error) {
    const { cause } = error as Error;
    if (!(cause instanceof ApplicationFailure)) return { error: String(cause) };
    const { message, type, nonRetryable, details, stack } = cause;
    return { message, type, nonRetryable, details, stack, cause: [cause.cause?.message, cause.cause?.stack] };
  }
}
