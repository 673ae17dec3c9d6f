import type { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { setTimeout as sleep } from 'node:timers/promises';
import { extraction } from './workflows.ts';

/** How the workflows fare. */
export interface WorkloadCounts {
  readonly started: number;
  readonly completed: number;
  readonly failed: number;
}

/** Starts workflows at a steady pace and follows each to its end. */
export class Workload {
  readonly #client: TemporalWorkflowClient;
  readonly #paceMs: number;
  readonly #running = new Set<Promise<void>>();
  readonly #counts = { started: 0, completed: 0, failed: 0 };

  /** @param paceMs from the start of one workflow to the start of the next */
  constructor(client: TemporalWorkflowClient, paceMs: number) {
    this.#client = client;
    this.#paceMs = paceMs;
  }

  get counts(): WorkloadCounts {
    return this.#counts;
  }

  /**
   * Starts workflows until the signal says stop, then waits for those that run.
   *
   * @param onEnd called as each one ends, with what it returned or why it failed
   */
  async run(
    signal: AbortSignal,
    onEnd: (outcome: { result: string } | { error: unknown }) => void,
  ): Promise<void> {
    while (!signal.aborted) {
      const ended = this.#one(++this.#counts.started, onEnd);
      this.#running.add(ended);
      void ended.then(() => this.#running.delete(ended));
      await sleep(this.#paceMs, undefined, { signal }).catch(() => undefined);
    }
    await Promise.all(this.#running);
  }

  async #one(item: number, onEnd: (outcome: { result: string } | { error: unknown }) => void): Promise<void> {
    try {
      const { handle } = await this.#client.startWorkflow(extraction, { args: [item] });
      const result = await handle.result();
      this.#counts.completed++;
      onEnd({ result });
    } catch (error) {
      this.#counts.failed++;
      onEnd({ error });
    }
  }
}
