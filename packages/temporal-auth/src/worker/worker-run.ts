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

/**
 * Runs a worker to its end, and throws the true reason of one that failed. That may never settle its `run()`, or reject it with what kept it from
 * cleaning up: its state says that it has failed, and its log why.
 *
 * @param onLook called each time that the state of the worker was looked at
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
