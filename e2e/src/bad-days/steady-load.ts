import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { backoffDelay } from '@worker-auth/refresh-scheduler';
import type { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { setTimeout as sleep } from 'node:timers/promises';
import type { item } from '../worlds/workflows.ts';

/** Waits between attempts to start a workflow, of which there are few at once. */
const startBackoff = { initialMs: 1_000, maxWithoutLeaseMs: 2_000 };
/** Waits between attempts to hear how one ended, which each that is not complete makes. */
const followBackoff = { initialMs: 1_000, maxWithoutLeaseMs: 10_000 };
/** Starts at once on a queue: more would beset a server that is just back. */
const lanes = 4;
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
  /** The last start in each lane. */
  readonly starting: Promise<void>[];
  readonly startedAtMs: Map<string, number>;
  readonly completedAtMs: Map<string, number>;
}

/** What is started. */
export interface LoadPlan {
  readonly taskQueues: readonly string[];
  /** On each queue. */
  readonly perSecond: number;
  readonly startToCloseMs: number;
  /** Default: an activity of 0.2 to 3 s. */
  readonly workflow?: (workflowId: string) => { readonly type: string; readonly args: unknown[] };
  /** Told of each workflow that has completed. */
  readonly onCompleted?: (workflowId: string) => void;
}

/**
 * Starts workflows with an activity of 0.2 to 3 s at a steady pace on each queue and follows each to its end. Its client has nothing to do
 * with the workers': it goes on trying for as long as Temporal is away or rejects it.
 */
export class SteadyLoad {
  readonly #client: Pick<TemporalWorkflowClient, 'client'>;
  readonly #plan: LoadPlan;
  readonly #records: ReadonlyMap<string, Queue>;
  readonly #ending = new AbortController();
  #hurry = new AbortController();
  readonly #followed = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(client: Pick<TemporalWorkflowClient, 'client'>, plan: LoadPlan) {
    this.#client = client;
    this.#plan = plan;
    this.#records = new Map(
      plan.taskQueues.map((name) => [
        name,
        { startedAtMs: new Map(), completedAtMs: new Map(), starting: [] },
      ]),
    );
  }

  start(): void {
    this.#timer = setInterval(() => {
      for (const [taskQueue, queue] of this.#records) this.#followed.add(this.#follow(taskQueue, queue));
    }, 1_000 / this.#plan.perSecond);
  }

  /** Starts no more; those that were started are followed, and all that wait are asked about now. */
  stopStarting(): void {
    clearInterval(this.#timer);
    this.#hurry.abort();
    this.#hurry = new AbortController();
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
    const number = queue.startedAtMs.size + 1;
    const workflowId = `${taskQueue}-${number}`;
    queue.startedAtMs.set(workflowId, Date.now());
    const lane = number % lanes;
    const before = queue.starting[lane];
    const start = (): Promise<void> => this.#start(taskQueue, workflowId, durationOf(number));
    await (queue.starting[lane] = before === undefined ? start() : before.then(start));
    await this.#untilDone(followBackoff, async () => {
      const handle = this.#client.client.workflow.getHandle(workflowId);
      await handle.result();
      // The server's own word: a long poll that has missed the end hears of it up to 20 s later.
      const { closeTime } = await handle.describe();
      queue.completedAtMs.set(workflowId, closeTime?.getTime() ?? Date.now());
      this.#plan.onCompleted?.(workflowId);
    });
  }

  async #start(taskQueue: string, workflowId: string, durationMs: number): Promise<void> {
    const usual: Parameters<typeof item> = ['short', durationMs / 1_000, this.#plan.startToCloseMs];
    const { type, args } = this.#plan.workflow?.(workflowId) ?? { type: 'item', args: usual };
    await this.#untilDone(startBackoff, async () => {
      try {
        await this.#client.client.workflow.start(type, {
          ...{ taskQueue, workflowId, args, workflowIdReusePolicy: 'REJECT_DUPLICATE' },
        });
      } catch (error) {
        // An earlier attempt had arrived.
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
    });
  }

  async #untilDone(backoff: typeof startBackoff, step: () => Promise<void>): Promise<void> {
    const { signal } = this.#ending;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await this.#client.client.connection.withAbortSignal(signal, step);
        return;
      } catch {
        const waitMs = backoffDelay({ attempt, leaseRemainingMs: 0 }, backoff, Math.random);
        const until = AbortSignal.any([signal, this.#hurry.signal]);
        await sleep(waitMs, undefined, { signal: until }).catch(() => undefined);
      }
    }
  }
}

/** Spread evenly, and the same for each queue. */
function durationOf(number: number): number {
  return shortestMs + ((number * 733) % (longestMs - shortestMs));
}
