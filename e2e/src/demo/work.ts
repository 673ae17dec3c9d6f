import { activityInfo, sleep } from '@temporalio/activity';
import type { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { randomUUID } from 'node:crypto';
import { SteadyLoad } from '../bad-days/steady-load.ts';
import type { Activities } from '../worlds/workflows.ts';
import type { Timeline } from './timeline.ts';

/** Of each activity. Longer than any outage: a second run of an activity then shows a lost result, and nothing else. */
export const startToCloseMs = 300_000;

/** How the workflows fare. */
export interface WorkCounts {
  readonly started: number;
  readonly completed: number;
  /** Activities that ran more than once: a result was lost. */
  readonly ranTwice: number;
}

/** A workflow a second, whatever happens: each start is repeated until Temporal has it, and each workflow is followed to its end. */
export class Work {
  /** One that no worker had before: a Temporal of the user's knows earlier demonstrations. */
  readonly taskQueue: string;
  readonly #load: SteadyLoad;
  readonly #timeline: Pick<Timeline, 'nowMs'>;
  /** When the activity of each workflow ran first. */
  readonly #begunAtMs = new Map<string, number>();
  /** Of these it ran again. */
  readonly #ranTwice = new Set<string>();

  /** To be given to the worker. */
  readonly activities: Activities = {
    work: async (_kind, seconds) => {
      this.#begun(activityInfo().workflowExecution?.workflowId ?? '');
      await sleep(seconds * 1_000);
    },
  };

  /** @param completed called with the time at which the activity of a complete workflow ran first, by the timeline */
  constructor(
    client: TemporalWorkflowClient,
    timeline: Pick<Timeline, 'nowMs'>,
    completed: (begunAtMs: number) => void,
  ) {
    this.taskQueue = `${client.auth.getApplicationName()}-${randomUUID().slice(0, 8)}`;
    this.#timeline = timeline;
    this.#load = new SteadyLoad(client, {
      ...{ taskQueues: [this.taskQueue], perSecond: 1, startToCloseMs },
      onCompleted: (id) => {
        completed(this.#begunAtMs.get(id) ?? 0);
      },
    });
  }

  get counts(): WorkCounts {
    const { startedAtMs, completedAtMs } = this.#load.of(this.taskQueue);
    return { started: startedAtMs.size, completed: completedAtMs.size, ranTwice: this.#ranTwice.size };
  }

  start(): void {
    this.#load.start();
  }

  /** Starts no more; those that were started are followed. */
  stopStarting(): void {
    this.#load.stopStarting();
  }

  /** Follows none any more. */
  stop(): Promise<void> {
    return this.#load.stop();
  }

  #begun(workflowId: string): void {
    if (this.#begunAtMs.has(workflowId)) this.#ranTwice.add(workflowId);
    else this.#begunAtMs.set(workflowId, this.#timeline.nowMs);
  }
}
