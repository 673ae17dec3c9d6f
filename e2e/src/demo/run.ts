import type { WorkerOptions } from '@temporalio/worker';
import type { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { once } from 'node:events';
import { Random } from '../worlds/random.ts';
import { eventually, settlesWithin } from '../fixtures/eventually.ts';
import { pressAtRandom } from './chaos.ts';
import type { Ending } from './ending.ts';
import type { FaultBoard } from './fault-board.ts';
import type { PlainWorker } from './plain-worker.ts';
import type { Work } from './work.ts';

/** Chaos breaks nothing for this long before the end, in ms, or for a third of the run: the worker is to come back from the last fault, and late workflows are to complete. */
const calmMs = 40_000;

/** At the end workflows have this long to complete, in ms; half of it, at most, the worker has to come back from what was broken. */
const lastWaitMs = 8_000;

/** So long they have before it, in ms, unless a signal comes: a workflow takes many seconds on a busy machine. */
const unhurriedMs = 60_000;

/** What is run, and for how long. */
export interface RunPlan {
  readonly client: TemporalWorkflowClient;
  readonly workflowBundle: NonNullable<WorkerOptions['workflowBundle']>;
  readonly work: Work;
  /** Works beside it, and is not waited for when it stands still. */
  readonly plain: PlainWorker | undefined;
  readonly board: FaultBoard;
  /** From the moment at which the worker runs, in ms. */
  readonly runMs: number;
  /** Injects random faults; `undefined`: nobody does but a person. */
  readonly chaosSeed: number | undefined;
  /** Begins after the time, or ends the run early. */
  readonly ending: Ending;
}

/**
 * Runs a worker and its workflows for their time.
 *
 * @throws what ends the worker, or what a fault throws that could not begin or end
 */
export async function runDemonstration(plan: RunPlan): Promise<void> {
  const { client, workflowBundle, work, plain, ending } = plan;
  const leaving = new AbortController();
  const running = new AbortController();
  const stopListening = client.on('workerStarted', () => {
    running.abort();
  });
  const worker = client.runWorker({
    ...{ taskQueue: work.taskQueue, workflowBundle, activities: { ...work.activities } },
    signal: leaving.signal,
  });
  const endedEarly = worker.then(() => {
    throw new Error('The worker has ended before its workflows');
  });
  try {
    await Promise.race([aborted(AbortSignal.any([running.signal, ending.signal])), endedEarly]);
    if (running.signal.aborted) {
      await plain?.start(workflowBundle);
      await Promise.race([workThrough(plan), endedEarly]);
    }
  } finally {
    ending.begin();
    stopListening();
    leaving.abort();
    await Promise.all([work.stop(), plain?.stop(), worker]);
  }
}

async function workThrough({ work, plain, board, runMs, chaosSeed, ending }: RunPlan): Promise<void> {
  const until = (ms: number): AbortSignal =>
    AbortSignal.any([ending.signal, AbortSignal.timeout(Math.ceil(ms))]);
  const over = until(runMs);
  work.start();
  if (chaosSeed !== undefined) {
    await pressAtRandom(board, new Random(chaosSeed), until(runMs - Math.min(calmMs, runMs / 3)));
    board.close();
    // The rest of the time is for the workflows that are late.
    await Promise.race([board.settled(), aborted(over)]);
    work.stopStarting();
  }
  await aborted(over);
  plain?.stopStarting();
  board.close();
  await Promise.race([aborted(ending.signal), settled(work, board, unhurriedMs)]);
  await plain?.settled();
  ending.begin();
  await settled(work, board, lastWaitMs);
}

/** Waits for the worker to be back from what was broken, and then for every workflow to complete, so long at most. */
async function settled(work: Work, board: FaultBoard, withinMs: number): Promise<void> {
  const untilMs = performance.now() + withinMs;
  await settlesWithin(board.settled(), withinMs / 2);
  work.stopStarting();
  const isComplete = (): boolean => work.counts.completed === work.counts.started;
  await eventually('every workflow is complete', isComplete, untilMs - performance.now()).catch(
    () => undefined,
  );
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
