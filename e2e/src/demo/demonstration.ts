import type { TemporalWorkflowClient } from '@worker-auth/temporal-auth';
import { tokenFingerprint } from '@worker-auth/testing-fakes';
import { isLoadCall } from '../faults/at-gateway.ts';
import { FaultBoard } from './fault-board.ts';
import { demoFaults } from './faults.ts';
import { followClient, followGateways, followResults, type ResultCounts } from './follow.ts';
import type { PageData, PageSource } from './page/server.ts';
import type { Stack } from './stack.ts';
import { Timeline } from './timeline.ts';
import { Work } from './work.ts';

/** How many RPCs fared how. */
export interface RpcTotals {
  readonly passed: number;
  readonly rejected: number;
  /** Of the rejected ones, those of the client that starts and follows workflows. */
  readonly rejectedOfClient: number;
}

/** A worker's work, what may be broken around it, and the timeline of both; the page shows it. */
export class Demonstration implements PageSource {
  readonly work: Work;
  readonly board: FaultBoard;
  readonly timeline = new Timeline();
  readonly #results: ResultCounts;
  readonly #client: TemporalWorkflowClient;
  readonly #stack: Stack;

  /** @param faultSeconds how long a fault lasts at most */
  constructor(client: TemporalWorkflowClient, stack: Stack, faultSeconds: number) {
    const { timeline } = this;
    this.#client = client;
    this.#stack = stack;
    this.board = new FaultBoard(demoFaults(stack, faultSeconds), timeline);
    this.work = new Work(client, timeline, (begunAtMs) => {
      timeline.count('completed');
      this.board.workflowCompleted(begunAtMs);
    });
    const { gateways } = stack;
    followClient(client, timeline, () => {
      const token = gateways.length === 0 ? undefined : client.auth.peek();
      return token && tokenFingerprint(token);
    });
    this.#results = followResults(client, timeline);
    client.on('tokenRefreshed', () => {
      this.board.tokenCame();
    });
    followGateways(gateways, timeline);
  }

  /** RPCs so far; `undefined` when no frontend of ours counts them. */
  get rpcs(): RpcTotals | undefined {
    const { gateways } = this.#stack;
    if (gateways.length === 0) return undefined;
    const rpcs = { passed: 0, rejected: 0, rejectedOfClient: 0 };
    for (const { totals, rejected } of gateways) {
      rpcs.passed += totals.passed;
      rpcs.rejected += totals.rejected;
      for (const [method, count] of rejected) if (isLoadCall(method)) rpcs.rejectedOfClient += count;
    }
    return rpcs;
  }

  /** See {@link PageSource.read}. */
  read(revision: number): PageData {
    const { temporal, workers } = this.#client.health();
    const restarts = workers[0]?.restarts ?? 0;
    return {
      ...this.timeline.since(revision),
      faults: this.board.states,
      temporal: temporal.state,
      temporalUi: this.#stack.temporal?.uiUrl,
      totals: { ...this.work.counts, restarts, rpcs: this.rpcs, results: this.#results },
    };
  }

  /** See {@link PageSource.press}. */
  press(name: string): void {
    this.board.press(name).catch((error: unknown) => {
      this.timeline.note('bad', String(error));
    });
  }
}
