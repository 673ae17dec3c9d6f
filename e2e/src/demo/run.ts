import type { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { once } from 'node:events';
import { Random } from '../chaos/random.ts';
import { eventually } from '../fixtures/eventually.ts';
import { pressAtRandom } from './chaos.ts';
import type { FaultBoard } from './fault-board.ts';
import { type Work, workflowsPath } from './work.ts';

/** Temporal's own time-out of a task that it gave to nobody is over by then. */
const completeWithinMs = 330_000;

/** What is run, and for how long. */
export interface RunPlan {
  readonly client: TemporalWorkflowClient;
  readonly work: Work;
  readonly board: FaultBoard;
  readonly runMs: number;
  /** Presses the buttons by chance; `undefined`: nobody does but a person. */
  readonly chaosSeed: number | undefined;
  /** Ends it early. */
  readonly stopped: AbortSignal;
}

/**
 * Runs a worker and its workflows for their time, until the worker is back from whatever was broken, and until every workflow is complete, if
 * that comes to pass.
 *
 * @throws what ends the worker, or what a fault throws that could not begin or end
 */
export async function runDemonstration(plan: RunPlan): Promise<void> {
  const { client, work } = plan;
  const leaving = new AbortController();
  const worker = client.runWorker({
    ...{ taskQueue: work.taskQueue, workflowsPath, activities: { ...work.activities } },
    signal: leaving.signal,
  });
  const endedEarly = worker.then(() => {
    throw new Error('The worker has ended before its workflows');
  });
  try {
    await Promise.race([workThrough(plan), endedEarly]);
  } finally {
    leaving.abort();
    await work.stop();
    await worker;
  }
}

async function workThrough({ work, board, runMs, chaosSeed, stopped }: RunPlan): Promise<void> {
  const until = AbortSignal.any([stopped, AbortSignal.timeout(Math.ceil(runMs))]);
  stopped.addEventListener('abort', () => {
    board.close();
  });
  work.start();
  if (chaosSeed === undefined) await aborted(until);
  else await pressAtRandom(board, new Random(chaosSeed), until);
  await board.settled();
  board.close();
  work.stopStarting();
  const isComplete = (): boolean => work.counts.completed === work.counts.started;
  await eventually('every workflow is complete', isComplete, completeWithinMs).catch(() => undefined);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
