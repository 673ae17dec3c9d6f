import type { WorkerOptions } from '@temporalio/worker';

/** The options of each kind of poller, either of which says how the user wants it. */
const kinds = [
  { name: 'workflow', behavior: 'workflowTaskPollerBehavior', limit: 'maxConcurrentWorkflowTaskPolls' },
  { name: 'activity', behavior: 'activityTaskPollerBehavior', limit: 'maxConcurrentActivityTaskPolls' },
  { name: 'Nexus', behavior: 'nexusTaskPollerBehavior', limit: 'maxConcurrentNexusTaskPolls' },
] as const;

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
    options: Object.fromEntries(open.map(({ behavior }) => [behavior, { type: 'autoscaling' }])),
    kinds: open.map(({ name }) => name),
  };
}
