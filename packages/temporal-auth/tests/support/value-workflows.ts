import { ApplicationFailure, proxyActivities } from '@temporalio/workflow';

const { give } = proxyActivities<{ give(name: string): Promise<unknown> }>({
  startToCloseTimeout: '1 minute',
  retry: { maximumAttempts: 1 },
});

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
