import type { Logger } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

/** What is known of the token that a worker's calls carry. */
export interface TokenWatch {
  /** Whether the token is known to be bad. */
  readonly isBad: boolean;
  /** Resolves when it is good; rejects with the signal's reason. */
  whenGood(signal: AbortSignal): Promise<void>;
  /** Something was told to Temporal; whether it took the token, a probe will say. */
  probeSoon(): void;
}

type Context = Parameters<ActivityInterceptorsFactory>[0];

/**
 * Holds the start and the outcome of activities while the token is known to be bad: Temporal's Core drops an outcome that is refused, and
 * the server runs the activity again when its time-out strikes. Polls that were open when the token died go on delivering tasks, so the
 * start is held as well.
 *
 * A cancellation, and so the end of the worker's `shutdownGraceTime`, ends the hold: an activity that has not begun is cancelled, an
 * outcome goes its way. Local activities pass: their outcome is part of the workflow task.
 *
 * Stands before all other interceptors, so that it sees what they make of an outcome.
 */
export function holdActivities(watch: TokenWatch, logger: Logger): ActivityInterceptorsFactory {
  return (context) => ({
    inbound: {
      execute: async (input, next) => {
        if (context.info.isLocal) return next(input);
        if (watch.isBad) await watch.whenGood(context.cancellationSignal);
        try {
          return await next(input);
        } finally {
          if (watch.isBad) await holdOutcome(watch, context, logger);
          watch.probeSoon();
        }
      },
    },
  });
}

async function holdOutcome(
  watch: TokenWatch,
  { info, cancellationSignal }: Context,
  logger: Logger,
): Promise<void> {
  const { activityType, activityId } = info;
  const { workflowId } = info.workflowExecution ?? {};
  try {
    await watch.whenGood(cancellationSignal);
  } catch {
    logger.warn('The outcome of an activity is sent although Temporal refuses the token: it may run again', {
      ...{ activityType, activityId, workflowId },
    });
  }
}
