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
const scaling = { type: 'autoscaling', minimum: 5 } as const;

type Kind = (typeof kinds)[number];

/** Of a worker's options, those about how it polls. */
export type PollerOptions = Pick<WorkerOptions, Kind['behavior'] | Kind['limit']>;

/** What {@link pollerDefaults} decides. */
export interface PollerDefaults {
  /** To be set beside the user's own options. */
  readonly options: Pick<WorkerOptions, Kind['behavior']>;
  /** The kinds of tasks that they are for. */
  readonly kinds: readonly Kind['name'][];
}

/**
 * Autoscaling for each kind of poller of which the user says nothing. Temporal's Core ends a worker for good when a fixed poller is refused
 * for 60 s, and drops the same error of one that scales.
 */
export function pollerDefaults(given: PollerOptions): PollerDefaults {
  const open = kinds.filter(
    ({ behavior, limit }) => given[behavior] === undefined && given[limit] === undefined,
  );
  return {
    options: Object.fromEntries(open.map(({ behavior }) => [behavior, scaling])),
    kinds: open.map(({ name }) => name),
  };
}

/** Says it when pollers scale that the user said nothing of, with the way back. */
export function logPollers({ kinds: pollers }: PollerDefaults, logger: Logger, taskQueue: string): void {
  if (pollers.length === 0) return;
  logger.info(
    'The pollers of the worker scale, so that a refusal never ends it for good; for fixed ones set ' +
      "workflowTaskPollerBehavior: { type: 'simple-maximum' }, and so on",
    { taskQueue, pollers },
  );
}
