import type { Logger } from '@temporalio/common';
import type { Worker, WorkerOptions } from '@temporalio/worker';
import { type Clock, handled, sleep } from '@worker-auth/internal';

/** How often the state of a worker is looked at, in milliseconds. */
const lookMs = 250;

/** How long `run()` may take to settle once the worker has failed, in milliseconds. */
const graceMs = 1_000;

/** How long a worker may take to end from its shutdown on, in milliseconds, unless it has had something to do within {@link idleMs}. */
const drainMs = 25_000;
const idleMs = 5_000;

export const shuttingDown: readonly string[] = ['STOPPING', 'DRAINING'];

/** The options of each kind of poller, either of which says how the user wants it. */
const pollers = [
  { behavior: 'workflowTaskPollerBehavior', limit: 'maxConcurrentWorkflowTaskPolls' },
  { behavior: 'activityTaskPollerBehavior', limit: 'maxConcurrentActivityTaskPolls' },
  { behavior: 'nexusTaskPollerBehavior', limit: 'maxConcurrentNexusTaskPolls' },
] as const;

/**
 * Where little is to be done they would scale down to one. A poll that is rejected waits 10 s in Temporal's Core, whatever happens meanwhile: others
 * have to be open then. Fewer than the 10 that are Temporal's default.
 */
export const scaling = { type: 'autoscaling', minimum: 5 } as const;

/** What is needed of Temporal's worker. */
export type RunnableWorker = Pick<Worker, 'run' | 'shutdown' | 'getState'>;

/** Of which the user says nothing. Temporal's Core ends a worker when a fixed poller is rejected for 60 s, and drops the same error of one that scales. */
export function pollerDefaults(given: Partial<WorkerOptions>): Partial<WorkerOptions> {
  // Polls of the two queues would wait for the one slot: Temporal rejects such a worker, if it is left to.
  const hasOneSlot = given.maxConcurrentWorkflowTaskExecutions === 1 && given.maxCachedWorkflows !== 0;
  const open = pollers.filter(
    ({ behavior, limit }) =>
      given[behavior] === undefined &&
      given[limit] === undefined &&
      !(hasOneSlot && behavior === 'workflowTaskPollerBehavior'),
  );
  return Object.fromEntries(open.map(({ behavior }) => [behavior, scaling]));
}

/**
 * Throws the true reason of a worker that failed. That may never settle its `run()`, or reject it with what kept it from cleaning up: its state says
 * that it has failed, and its log why.
 *
 * @param onLook called at each look; when it returns true, the end is not waited for
 */
export async function runToEnd(
  worker: RunnableWorker,
  clock: Clock,
  run: () => Promise<void>,
  onLook?: () => unknown,
): Promise<void> {
  const logged = loggedFailure(worker);
  const over = new AbortController();
  const rejectWhenFailed = async (): Promise<void> => {
    do {
      await sleep(clock, lookMs, over.signal);
      if (onLook?.() === true) return;
    } while (worker.getState() !== 'FAILED');
    await sleep(clock, graceMs, over.signal);
    endThreads(worker);
    throw new Error('the worker has failed, and its run() does not settle');
  };
  try {
    await Promise.race([run(), rejectWhenFailed()]);
  } catch (error) {
    throw logged() ?? error;
  } finally {
    over.abort();
  }
}

/** Says when a worker has had its time to end. Core repeats its polls for ever while Temporal is gone, and waits for their answers. */
export function drainLimit(worker: Worker, clock: Clock): () => boolean {
  let shutdownMs: number | undefined;
  let busyMs = -Infinity;
  return () => {
    if (!shuttingDown.includes(worker.getState())) return false;
    const nowMs = clock.monotonicNow();
    shutdownMs ??= nowMs;
    const { numInFlightActivities, numInFlightWorkflowActivations } = worker.getStatus();
    if (numInFlightActivities + numInFlightWorkflowActivations > 0) busyMs = nowMs;
    return nowMs - shutdownMs >= drainMs && nowMs - busyMs >= idleMs;
  };
}

/** After a poll that is rejected Temporal's Core waits 10 s. The first ones are held; all else, its shutdown too, is as ever. */
export function holdPolls(worker: RunnableWorker, until: Promise<void>): void {
  const { nativeWorker = {} } = worker as { readonly nativeWorker?: Record<string, () => Promise<unknown>> };
  for (const name of ['pollWorkflowActivation', 'pollActivityTask', 'pollNexusTask']) {
    const poll = nativeWorker[name];
    if (poll !== undefined) nativeWorker[name] = () => until.then(poll);
  }
}

/** Of its workflows, with their memory. Core keeps its own part, and the connection, until the process ends. */
function endThreads(worker: RunnableWorker): void {
  const { workflowCreator } = worker as { readonly workflowCreator?: { destroy(): Promise<void> } };
  if (workflowCreator !== undefined) void handled(workflowCreator.destroy());
}

/** Ends a worker that never ran: it holds its connection until then. */
export async function endUnused(worker: RunnableWorker, clock: Clock): Promise<void> {
  // Plugins of the user may have it begin later than its `run()`.
  const end = (): void => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const run = (): Promise<void> => {
    const running = worker.run();
    end();
    return running;
  };
  try {
    await runToEnd(worker, clock, run, end);
  } catch {
    // Whatever it says, nobody has used it.
  }
}

/** The reason that Temporal's worker has logged, and given nowhere else. */
function loggedFailure(worker: RunnableWorker): () => unknown {
  const { logger } = worker as { readonly logger?: Partial<Logger> };
  let failure: unknown;
  if (typeof logger?.error !== 'function') return () => undefined;
  const log = logger.error.bind(logger);
  logger.error = (message, meta) => {
    if (message === 'Worker failed') failure ??= meta?.['error'];
    log(message, meta);
  };
  return () => failure;
}

/** Whether a worker has ended at its `shutdownForceTime`, as configured. */
export function isForced(error: unknown): boolean {
  return error instanceof Error && error.name === 'GracefulShutdownPeriodExpiredError';
}
