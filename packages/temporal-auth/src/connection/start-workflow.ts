import type { Client, WorkflowHandleWithFirstExecutionRunId, WorkflowStartOptions } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import { withDefaults } from '@worker-auth/internal';
import { randomUUID } from 'node:crypto';
import { callFailure, isAboutReach } from '../errors/refusal.ts';
import { ownError } from '../errors/translate.ts';

/** A workflow that was started. */
export interface StartedWorkflow<W extends Workflow> {
  readonly workflowId: string;
  readonly runId: string;
  readonly handle: WorkflowHandleWithFirstExecutionRunId<W>;
}

/** What a workflow is started with. */
export interface WorkflowStarter {
  readonly client: Client;
  /** The default task queue, and the beginning of the default workflow id. */
  readonly applicationName: string;
  /** Makes an error of this package of one of Temporal's client. */
  readonly translate: (error: unknown) => unknown;
}

/** Options of a start, of which any may be missing or `undefined`. */
export type StartWorkflowOptions<W extends Workflow> = {
  readonly [K in keyof WorkflowStartOptions<W>]?: WorkflowStartOptions<W>[K] | undefined;
};

/** Starts a workflow on the application's task queue, with a random id, unless the options say otherwise. */
export async function startWorkflow<W extends Workflow>(
  { client, applicationName, translate }: WorkflowStarter,
  workflow: string | W,
  options: StartWorkflowOptions<W>,
): Promise<StartedWorkflow<W>> {
  const defaults = { taskQueue: applicationName, workflowId: `${applicationName}-${randomUUID()}` };
  const complete = withDefaults<object>(defaults, options) as WorkflowStartOptions<W>;
  const handle = await client.workflow.start<W>(workflow, complete).catch((error: unknown) => {
    throw isAboutReach(callFailure(error)) ? translate(error) : (ownError(error) ?? error);
  });
  return { workflowId: handle.workflowId, runId: handle.firstExecutionRunId, handle };
}
