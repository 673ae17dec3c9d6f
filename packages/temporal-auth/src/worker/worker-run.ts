import type { Logger } from '@temporalio/common';
import type { Worker } from '@temporalio/worker';
import { type Clock, sleep } from '@worker-auth/internal';

/** How often the state of a worker is looked at, in milliseconds. */
const lookMs = 250;

/** How long `run()` may take to settle once the worker has failed, in milliseconds. */
const graceMs = 1_000;

/** What Temporal's worker tells its log when it fails, with the reason. */
const failedText = 'Worker failed';

/** What is needed of Temporal's worker. */
export type RunnableWorker = Pick<Worker, 'run' | 'shutdown' | 'getState'>;

/** How a run ended: in order, whoever shut the worker down, or with its true reason. */
export type RunOutcome = { readonly kind: 'ended' } | { readonly kind: 'failed'; readonly error: unknown };

/** How a run is looked at. */
export interface WorkerRunOptions {
  readonly clock: Clock;
  /** Called each time that the worker was looked at and has not failed. Default nothing. */
  readonly onLook?: () => void;
  /** How it is run. Default by its `run()`. */
  readonly run?: () => Promise<void>;
}

/**
 * Runs a worker until it ends or has failed. A failed one may never settle its `run()`, or reject it with what kept it from cleaning up:
 * its state says that it has failed, and its log why.
 */
export async function runToOutcome(
  worker: RunnableWorker,
  { clock, onLook = () => undefined, run = () => worker.run() }: WorkerRunOptions,
): Promise<RunOutcome> {
  const logged = loggedFailure(worker);
  const over = new AbortController();
  try {
    await Promise.race([run(), rejectWhenFailed(worker, clock, onLook, over.signal)]);
    return { kind: 'ended' };
  } catch (error) {
    return { kind: 'failed', error: logged() ?? error };
  } finally {
    over.abort();
  }
}

/** Ends a worker that was made and never ran: it holds its connection until then. */
export async function endUnused(worker: RunnableWorker): Promise<void> {
  try {
    const running = worker.run();
    worker.shutdown();
    await running;
  } catch {
    // Whatever it says, nobody has used it.
  }
}

async function rejectWhenFailed(
  worker: RunnableWorker,
  clock: Clock,
  onLook: () => void,
  signal: AbortSignal,
): Promise<never> {
  await sleep(clock, lookMs, signal);
  while (worker.getState() !== 'FAILED') {
    onLook();
    await sleep(clock, lookMs, signal);
  }
  await sleep(clock, graceMs, signal);
  throw new Error('the worker has failed, and its run() does not settle');
}

/** The reason that Temporal's worker has told its own log, where alone it stands. */
function loggedFailure(worker: RunnableWorker): () => unknown {
  const { logger } = worker as { readonly logger?: Partial<Logger> };
  let failure: unknown;
  if (typeof logger?.error !== 'function') return () => undefined;
  const tell = logger.error.bind(logger);
  logger.error = (message, meta) => {
    if (message === failedText) failure ??= meta?.['error'];
    tell(message, meta);
  };
  return () => failure;
}
