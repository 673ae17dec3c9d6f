import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { setTimeout as sleep } from 'node:timers/promises';
import type { oneActivity } from './workflows.ts';

/** Between two attempts to start a workflow, or to hear how one ended. */
const retryMs = 500;
const shortestMs = 200;
const longestMs = 3_000;

/** How the workflows of a queue fare. */
export interface QueueRecord {
  /** When each one was to be started, by its id; the start is repeated until Temporal has it. Milliseconds since the epoch. */
  readonly startedAtMs: ReadonlyMap<string, number>;
  /** When each one had completed. */
  readonly completedAtMs: ReadonlyMap<string, number>;
}

/** The same while it is written. */
interface Queue extends QueueRecord {
  readonly startedAtMs: Map<string, number>;
  readonly completedAtMs: Map<string, number>;
}

/** What is started. */
export interface LoadPlan {
  readonly taskQueues: readonly string[];
  /** On each queue. */
  readonly perSecond: number;
  readonly startToCloseMs: number;
}

/**
 * Starts workflows with an activity of 0.2 to 3 s at a steady pace on each queue and follows each to its end. Its client has nothing to do
 * with the workers': it goes on trying for as long as Temporal is away or refuses it.
 */
export class SteadyLoad {
  readonly #client: TemporalWorkflowClient;
  readonly #plan: LoadPlan;
  readonly #records: ReadonlyMap<string, Queue>;
  readonly #ending = new AbortController();
  readonly #followed = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(client: TemporalWorkflowClient, plan: LoadPlan) {
    this.#client = client;
    this.#plan = plan;
    this.#records = new Map(
      plan.taskQueues.map((name) => [name, { startedAtMs: new Map(), completedAtMs: new Map() }]),
    );
  }

  start(): void {
    this.#timer = setInterval(() => {
      for (const [taskQueue, queue] of this.#records) this.#followed.add(this.#follow(taskQueue, queue));
    }, 1_000 / this.#plan.perSecond);
  }

  /** Starts no more; those that were started are followed. */
  stopStarting(): void {
    clearInterval(this.#timer);
  }

  /** Follows none any more. The client is not to be closed before: a call that Temporal's client repeats then throws in a timer. */
  async stop(): Promise<void> {
    this.stopStarting();
    this.#ending.abort();
    await Promise.all(this.#followed);
  }

  of(taskQueue: string): QueueRecord {
    const record = this.#records.get(taskQueue);
    if (record === undefined) throw new Error(`No load on ${taskQueue}`);
    return record;
  }

  async #follow(taskQueue: string, queue: Queue): Promise<void> {
    const item = queue.startedAtMs.size + 1;
    const workflowId = `${taskQueue}-${item}`;
    queue.startedAtMs.set(workflowId, Date.now());
    const { startToCloseMs } = this.#plan;
    const args: Parameters<typeof oneActivity> = [durationOf(item), startToCloseMs];
    const { workflow } = this.#client.client;
    await this.#untilDone(async () => {
      try {
        await workflow.start<typeof oneActivity>('oneActivity', {
          ...{ taskQueue, workflowId, args, workflowIdReusePolicy: 'REJECT_DUPLICATE' },
        });
      } catch (error) {
        // An earlier attempt had arrived.
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
    });
    await this.#untilDone(async () => {
      await workflow.getHandle(workflowId).result();
      queue.completedAtMs.set(workflowId, Date.now());
    });
  }

  async #untilDone(step: () => Promise<void>): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      try {
        await this.#client.client.connection.withAbortSignal(signal, step);
        return;
      } catch {
        await sleep(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}

/** Spread evenly, and the same for each queue. */
function durationOf(item: number): number {
  return shortestMs + ((item * 733) % (longestMs - shortestMs));
}
