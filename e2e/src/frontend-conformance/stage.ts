import type { Client, WorkflowHandle, WorkflowStartOptions } from '@temporalio/client';
import { handedOver } from './activities.ts';
import { eventsOf, type Outcome, outcomeOf, settled, until } from './outcome.ts';

/** Where a scenario runs; behind each is the same worker. */
export interface Stage {
  readonly client: Client;
  readonly taskQueue: string;
  /** One that no other scenario has. */
  readonly workflowId: string;
}

/** Something that is done against two servers; what it gives must be the same. */
export type Scenario = (stage: Stage) => Promise<unknown>;

/** One workflow from its start to its end. */
export function whole(
  workflowType: string,
  args: unknown[] = [],
  options: Partial<WorkflowStartOptions> = {},
): Scenario {
  return async (stage) => outcomeOf(await start(stage, workflowType, args, options));
}

/** A workflow that waits for something to be done. */
export function waiting(
  workflowType: string,
  act: (handle: StartedHandle, stage: Stage) => Promise<unknown>,
): Scenario {
  return async (stage): Promise<Outcome> => {
    const handle = await start(stage, workflowType);
    await until(async () => (await eventsOf(handle)).length >= 4);
    const given = await settled(act(handle, stage));
    return { ...(await outcomeOf(handle)), given };
  };
}

/** What starting a workflow gives. */
export type StartedHandle = WorkflowHandle & { readonly firstExecutionRunId: string };

/** Starts a workflow on the stage. */
export function start(
  { client, taskQueue, workflowId }: Stage,
  workflowType: string,
  args: unknown[] = [],
  options: Partial<WorkflowStartOptions> = {},
): Promise<StartedHandle> {
  return client.workflow.start(workflowType, { taskQueue, workflowId, args, ...options });
}

/** The task token of the attempt of a workflow's activity, once a worker has it. */
export async function handedOverBy(
  { workflowId, firstExecutionRunId }: StartedHandle,
  attempt = 1,
): Promise<Uint8Array> {
  const those = (): typeof handedOver => handedOver.filter((one) => one.runId === firstExecutionRunId);
  await until(() => Promise.resolve(those().length >= attempt));
  const token = those()[attempt - 1]?.taskToken;
  if (token === undefined) throw new Error(`No activity of ${workflowId}`);
  return token;
}
