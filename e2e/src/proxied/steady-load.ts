import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { settlesWithin } from '../fixtures/eventually.ts';
import type { SteadyWorker } from './worker-process.ts';

/** What workflows are started on each worker, and for how long. */
export interface SteadyOptions {
  readonly workers: readonly SteadyWorker[];
  readonly forMs: number;
  readonly everyMs?: number;
  readonly seconds?: number;
  readonly heartbeatSeconds?: number;
}

/** What became of the workflows of one worker; moments are of `performance.now()`. */
export interface SteadyFigures {
  readonly worker: SteadyWorker;
  readonly started: number;
  readonly done: number;
  /** Activities that ran more than once. */
  readonly twice: number;
  readonly doneAtMs: readonly number[];
  readonly isAlive: boolean;
}

/** How long after the last start a workflow is waited for, in ms: less than until a lost activity runs again. */
const patienceMs = 60_000;

/** Starts workflows on each worker, one after another, and waits for them. */
export async function steadyLoad(client: Client, options: SteadyOptions): Promise<readonly SteadyFigures[]> {
  const { workers, forMs, everyMs = 1_000, seconds = 0.5, heartbeatSeconds = 0 } = options;
  const lanes = workers.map((worker) => ({ worker, doneAtMs: [] as number[] }));
  const all: Promise<unknown>[] = [];
  const left = new Set<string>();
  const endMs = performance.now() + forMs;
  let started = 0;
  for (; performance.now() < endMs; started++) {
    for (const { worker, doneAtMs } of lanes) {
      const { taskQueue } = worker.options;
      const workflowId = `${taskQueue}-${started}`;
      const args = [workflowId, seconds, heartbeatSeconds];
      const done = client.workflow
        .start('steady', { taskQueue, workflowId, args })
        .then((handle) => handle.result())
        .then(() => {
          doneAtMs.push(performance.now());
          left.delete(workflowId);
        });
      left.add(workflowId);
      all.push(done.catch(() => undefined));
    }
    await sleep(everyMs);
  }
  await settlesWithin(Promise.all(all), patienceMs);
  const figures = await Promise.all(
    lanes.map(async ({ worker, doneAtMs }) => ({
      ...{ worker, started, done: doneAtMs.length, doneAtMs: [...doneAtMs] },
      twice: [...(await worker.runs()).values()].filter((times) => times > 1).length,
      isAlive: !worker.hasEnded,
    })),
  ); // Nobody waits for these any more.
  for (const id of left) {
    const ended = client.workflow.getHandle(id).terminate();
    await ended.catch((error: unknown) => {
      // It has ended meanwhile.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    });
  }
  await Promise.all(all);
  return figures;
}
