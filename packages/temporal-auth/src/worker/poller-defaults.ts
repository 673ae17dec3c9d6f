import type { WorkerOptions } from '@temporalio/worker';

/** The options of each kind of poller, either of which says how the user wants it. */
const kinds = [
  { behavior: 'workflowTaskPollerBehavior', limit: 'maxConcurrentWorkflowTaskPolls' },
  { behavior: 'activityTaskPollerBehavior', limit: 'maxConcurrentActivityTaskPolls' },
  { behavior: 'nexusTaskPollerBehavior', limit: 'maxConcurrentNexusTaskPolls' },
] as const;

/**
 * Where little is to be done they would scale down to one. A poll that is refused waits 10 s in Temporal's Core, whatever happens meanwhile, and
 * one after another they come upon a bad token until a probe does: then others have to be open. Fewer than the 10 that are Temporal's default.
 */
export const scaling = { type: 'autoscaling', minimum: 5 } as const;

type Kind = (typeof kinds)[number];

/**
 * Autoscaling for each kind of poller of which the user says nothing, to be set beside his options. Temporal's Core ends a worker for good when a
 * fixed poller is refused for 60 s, and drops the same error of one that scales.
 */
export function pollerDefaults(
  given: Pick<WorkerOptions, Kind['behavior'] | Kind['limit']>,
): Pick<WorkerOptions, Kind['behavior']> {
  const open = kinds.filter(
    ({ behavior, limit }) => given[behavior] === undefined && given[limit] === undefined,
  );
  return Object.fromEntries(open.map(({ behavior }) => [behavior, scaling]));
}
