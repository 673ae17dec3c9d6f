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

export interface WorkerRunOptions {
  readonly clock: Clock;
  /** Called each time that the worker was looked at and has not failed. Default nothing. */
  readonly onLook?: () => void;
  /** How it is run. Default by its `run()`. */
  readonly run?: () => Promise<void>;
}

/**
 * Runs a worker to its end, and throws the true reason of one that failed. That may never settle its `run()`, or reject it with what kept it from
 * cleaning up: its state says that it has failed, and its log why.
 */
export async function runToEnd(
  worker: RunnableWorker,
  { clock, onLook, run = () => worker.run() }: WorkerRunOptions,
): Promise<void> {
  const logged = loggedFailure(worker);
  const over = new AbortController();
  try {
    await Promise.race([run(), rejectWhenFailed(worker, clock, onLook, over.signal)]);
  } catch (error) {
    throw logged() ?? error;
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
  onLook: (() => void) | undefined,
  signal: AbortSignal,
): Promise<never> {
  for (;;) {
    await sleep(clock, lookMs, signal);
    if (worker.getState() === 'FAILED') break;
    onLook?.();
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
