import type { Client, WorkflowHandleWithFirstExecutionRunId, WorkflowStartOptions } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import { withDefaults } from '@worker-auth/inlined';
import { randomUUID } from 'node:crypto';
import { ownError } from '../errors/translate.ts';

/** A workflow that was started. */
export interface StartedWorkflow<W extends Workflow> {
  readonly workflowId: string;
  readonly runId: string;
  readonly handle: WorkflowHandleWithFirstExecutionRunId<W>;
}

/** Options of a start, of which any may be missing or `undefined`. */
export type StartWorkflowOptions<W extends Workflow> = {
  readonly [K in keyof WorkflowStartOptions<W>]?: WorkflowStartOptions<W>[K] | undefined;
};

/**
 * Starts a workflow on the application's task queue, with a random id, unless the options say otherwise.
 *
 * @throws ConfigurationError, ConnectivityError or AuthenticationError when there is no token for the call
 * @throws what Temporal's client throws
 */
export async function startWorkflow<W extends Workflow>(
  client: Client,
  applicationName: string,
  workflow: string | W,
  options: StartWorkflowOptions<W>,
): Promise<StartedWorkflow<W>> {
  const defaults = { taskQueue: applicationName, workflowId: `${applicationName}-${randomUUID()}` };
  const complete = withDefaults<object>(defaults, options) as WorkflowStartOptions<W>;
  const handle = await client.workflow.start<W>(workflow, complete).catch((error: unknown) => {
    throw ownError(error) ?? error;
  });
  return { workflowId: handle.workflowId, runId: handle.firstExecutionRunId, handle };
}
