import type { Logger } from '@temporalio/common';
import type { WorkerOptions } from '@temporalio/worker';

/** The options of each kind of poller, either of which says how the user wants it. */
const kinds = [
  { name: 'workflow', behavior: 'workflowTaskPollerBehavior', limit: 'maxConcurrentWorkflowTaskPolls' },
  { name: 'activity', behavior: 'activityTaskPollerBehavior', limit: 'maxConcurrentActivityTaskPolls' },
  { name: 'Nexus', behavior: 'nexusTaskPollerBehavior', limit: 'maxConcurrentNexusTaskPolls' },
] as const;

/**
 * Where little is to be done they would scale down to one. A poll that is refused waits 10 s in Temporal's Core, whatever happens meanwhile, and
 * one after another they come upon a bad token until a probe does: then others have to be open. Fewer than the 10 that are Temporal's default.
 */
export const scaling = { type: 'autoscaling', minimum: 5 } as const;

type Kind = (typeof kinds)[number];

/** Of a worker's options, those about how it polls. */
export type PollerOptions = Pick<WorkerOptions, Kind['behavior'] | Kind['limit']>;

/**
 * Autoscaling for each kind of poller of which the user says nothing. Temporal's Core ends a worker for good when a fixed poller is refused
 * for 60 s, and drops the same error of one that scales. Logs which kinds these are, with the way back.
 *
 * @returns to be set beside the user's own options
 */
export function pollerDefaults(
  given: PollerOptions & Pick<WorkerOptions, 'taskQueue'>,
  logger: Pick<Logger, 'info'>,
): Pick<WorkerOptions, Kind['behavior']> {
  const open = kinds.filter(
    ({ behavior, limit }) => given[behavior] === undefined && given[limit] === undefined,
  );
  if (open.length > 0) {
    logger.info(
      'The pollers of the worker scale, so that a refusal never ends it for good; for fixed ones set ' +
        "workflowTaskPollerBehavior: { type: 'simple-maximum' }, and so on",
      { taskQueue: given.taskQueue, pollers: open.map(({ name }) => name) },
    );
  }
  return Object.fromEntries(open.map(({ behavior }) => [behavior, scaling]));
}
