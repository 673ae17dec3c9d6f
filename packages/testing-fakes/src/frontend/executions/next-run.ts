import { randomUUID } from 'node:crypto';
import type { EventAttributes, Failure } from '../protocol/plain.ts';
import { toSeconds } from '../protocol/times.ts';
import type { Execution } from './execution.ts';
import { decideRetry } from './retry.ts';

/** Whether another run follows a failure, and how. */
export interface NextAttempt {
  readonly retryState: string;
  readonly newExecutionRunId?: string;
  /** Begins it, once the one that failed has ended. */
  readonly begin: () => void;
}

/** What the retry policy of a run says about its failure. */
export function nextAttempt(run: Execution, failure: Failure): NextAttempt {
  const { attributes, deadlineMs } = run.start;
  const attempt = attributes.attempt ?? 1;
  const decision = decideRetry(attributes.retryPolicy, failure, attempt, deadlineMs - run.now());
  if (decision.delayMs === undefined) return { retryState: decision.retryState, begin: () => undefined };
  const { delayMs } = decision;
  const newExecutionRunId = randomUUID();
  const changes = {
    attempt: attempt + 1,
    initiator: 'CONTINUE_AS_NEW_INITIATOR_RETRY',
    continuedFailure: failure,
  };
  return {
    retryState: 'RETRY_STATE_IN_PROGRESS',
    newExecutionRunId,
    begin: () => {
      continueRun(run, newExecutionRunId, changes, delayMs);
    },
  };
}

/**
 * Begins the run that follows another one.
 *
 * @param changes what differs from the start of the run before
 */
export function continueRun(
  { start, runs }: Execution,
  runId: string,
  changes: EventAttributes<'workflowExecutionStarted'>,
  delayMs: number,
): void {
  const attributes = {
    ...start.attributes,
    ...changes,
    originalExecutionRunId: runId,
    firstExecutionRunId: start.firstRunId,
    continuedExecutionRunId: start.runId,
    firstWorkflowTaskBackoff: toSeconds(delayMs),
  };
  runs.begin({ ...start, signal: undefined, runId, delayMs, attributes });
}
