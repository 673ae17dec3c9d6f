import type { Logger } from '@temporalio/common';
import type { Worker, WorkerOptions } from '@temporalio/worker';
import { type Clock, sleep } from '@worker-auth/internal';
import { callFailure, isPlaceTaken, isRejection, isTransportError, serverText } from '../errors/rejection.ts';
import {
  AuthenticationError,
  ConfigurationError,
  ConnectivityError,
  type TemporalAuthError,
  TemporalAuthErrorCode,
} from '../errors/temporal-auth-error.ts';
import { messageOf, ownError, shown } from '../errors/translate.ts';

/** How often the state of a worker is looked at, in milliseconds. */
const lookMs = 250;

/** How long `run()` may take to settle once the worker has failed, in milliseconds. */
const graceMs = 1_000;

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
 */
export async function runToEnd(
  worker: RunnableWorker,
  clock: Clock,
  run: () => Promise<void>,
  onLook?: () => void,
): Promise<void> {
  const logged = loggedFailure(worker);
  const over = new AbortController();
  const rejectWhenFailed = async (): Promise<never> => {
    do {
      await sleep(clock, lookMs, over.signal);
      onLook?.();
    } while (worker.getState() !== 'FAILED');
    await sleep(clock, graceMs, over.signal);
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

/** What an error of Temporal's connection means, without knowing which Temporal it was; every other error is left as it is. */
export function shownFailure(error: unknown): unknown {
  if (!isTransportError(error)) return error;
  const failure = callFailure(error);
  const text = shown(serverText(failure), []);
  const { callRejected, temporalUnavailable } = TemporalAuthErrorCode;
  if (isRejection(failure))
    return new AuthenticationError(`Temporal rejected the worker: ${text}.`, { code: callRejected });
  const options = { code: temporalUnavailable, retryable: true };
  return new ConnectivityError(`The worker cannot reach Temporal: ${text}.`, options);
}

/** Whether another attempt may succeed where this one could not make a worker. */
export function canMend(error: unknown, hasRun: boolean): boolean {
  // Of a worker that failed without being shut down; on a new connection nobody has it.
  if (isPlaceTaken(error)) return hasRun;
  const { kind, retryable } = (error ?? {}) as { readonly kind?: unknown; readonly retryable?: unknown };
  if (kind === 'connectivity') return retryable === true;
  // At the first start it is more likely that somebody has not granted a permission.
  return kind === 'authentication' && (hasRun || retryable === true);
}

export function workersFailed(failures: number, last: unknown): TemporalAuthError {
  const cause = ownError(last);
  const times = failures === 1 ? '' : ` ${failures} times in a row, the last time`;
  const message = `The worker failed${times}: ${failureText(last)} Mend that and start the process again.`;
  const options = { code: TemporalAuthErrorCode.workerFailed, retryable: cause?.retryable, cause };
  if (cause?.kind === 'connectivity') return new ConnectivityError(message, options);
  if (cause?.kind === 'authentication') return new AuthenticationError(message, options);
  return new ConfigurationError(message, options);
}

export function failureText(error: unknown): string {
  return `${ownError(error)?.message ?? shown(messageOf(error), [])}.`.replace(/\.\.$/, '.');
}
